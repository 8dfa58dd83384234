"""The names under which merchants' own files call the columns of the generic format.

Belongs here: names, in the compared form of `headers.plain_name`. Stays out: any reading.
Languages: English, German, French, Spanish, Dutch.
"""

from __future__ import annotations

REQUIRED = ("date", "quantity")

ALIASES: dict[str, frozenset[str]] = {
    role: frozenset(names.split())
    for role, names in {
        "date": """
            date day sale_date sales_date sold_at sold_on order_date business_date transaction_date
            invoice_date invoicedate demand_date posting_date datum tag verkaufsdatum belegdatum
            jour date_de_vente date_vente fecha dia fecha_de_venta fecha_venta verkoopdatum dag ds
        """,
        "sku": """
            sku item item_id item_code item_no item_number itemcode product_code product_id
            product_sku productcode stock_code stockcode article article_id article_number
            article_no plu ean upc barcode gtin variant_sku artikel artikelnummer artikelnr
            artikel_nr artikel_nummer produktnummer reference ref reference_produit code_article
            code_produit articulo codigo codigo_producto codigo_articulo referencia productnummer
        """,
        "location": """
            location location_id location_name store store_id store_name store_code shop shop_id
            shop_name branch branch_id outlet outlet_name site warehouse filiale filial filialname
            standort laden markt magasin boutique point_de_vente lieu tienda sucursal local
            almacen winkel vestiging filiaal
        """,
        "quantity": """
            quantity qty units units_sold unit_sold sold sold_units quantity_sold qty_sold
            sold_qty sales_units unit_sales pieces pcs items_sold net_quantity menge anzahl
            stuckzahl stuck verkaufte_menge verkaufte_stuckzahl absatz quantite quantite_vendue
            qte nombre_vendu cantidad unidades unidades_vendidas cantidad_vendida aantal
            verkocht aantal_verkocht hoeveelheid
        """,
        "price": """
            price unit_price unitprice sell_price selling_price sale_price retail_price price_each
            item_price preis einzelpreis verkaufspreis stuckpreis prix prix_unitaire prix_de_vente
            precio precio_unitario precio_de_venta prijs stukprijs eenheidsprijs verkoopprijs
        """,
        "promotion": """
            promotion promo on_promotion onpromotion is_promotion is_promo on_promo promo_flag
            promotion_flag aktion werbung angebot en_promotion promocion oferta en_oferta actie
            aanbieding
        """,
        "stock": """
            stock stock_on_hand on_hand onhand inventory stock_level closing_stock stock_qty
            quantity_on_hand qty_on_hand inventory_level bestand lagerbestand stock_disponible
            existencias inventario voorraad
        """,
        "product": """
            product product_name product_title title description item_name item_description
            article_name name produkt produktname artikelname bezeichnung artikelbezeichnung
            produit nom_du_produit designation libelle producto nombre_producto descripcion
            productnaam omschrijving
        """,
        "category": """
            category category_name product_category product_type department dept group
            product_group family kategorie warengruppe categorie famille categoria familia
            productgroep
        """,
    }.items()
}

_TOTALS = """
    total totals grand_total sum subtotal total_sum gesamt gesamtsumme summe insgesamt total_general
    somme suma totaal totalen som eindtotaal
"""
_YES = "1 true t yes y x ja j wahr oui o vrai si s verdadero waar on"
_NO = "0 false f no n nein falsch non faux nee onwaar off none"

TOTAL_LABELS = frozenset(_TOTALS.split())
TRUE_WORDS = frozenset(_YES.split())
FALSE_WORDS = frozenset(_NO.split())
