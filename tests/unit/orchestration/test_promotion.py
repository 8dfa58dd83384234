from datetime import date

from orchestration.promotion import Decision, decide_promotion, decide_training
from orchestration.repositories.models import ModelVersion


def champion(
    *, cutoff: date = date(2026, 5, 1), n_series: int = 100, ratio: float = 0.7
) -> ModelVersion:
    return ModelVersion(
        model_version=3,
        sha256="0" * 64,
        storage_key="models/x",
        cutoff_date=cutoff,
        code_version="1.0",
        tracking_run_id=None,
        metrics={"n_series": n_series, "rmsse": ratio, "seasonal_naive_rmsse": 1.0},
    )


def training(
    current: ModelVersion | None,
    *,
    cutoff: date = date(2026, 5, 3),
    n_series: int = 100,
    code: str = "1.0",
) -> Decision:
    return decide_training(current, cutoff=cutoff, n_series=n_series, code_version=code)


def test_a_tenant_without_champion_is_trained() -> None:
    assert training(None).is_yes


def test_a_young_champion_is_kept() -> None:
    assert not training(champion()).is_yes


def test_a_week_old_champion_is_replaced() -> None:
    assert training(champion(), cutoff=date(2026, 5, 8)).is_yes


def test_a_champion_from_later_data_is_replaced() -> None:
    assert training(champion(), cutoff=date(2026, 4, 30)).is_yes


def test_many_new_series_ask_for_training() -> None:
    assert training(champion(), n_series=121).is_yes


def test_new_code_asks_for_training() -> None:
    assert training(champion(), code="1.1").is_yes


def test_a_person_can_ask_for_training() -> None:
    decision = decide_training(
        champion(), cutoff=date(2026, 5, 2), n_series=100, code_version="1.0", is_forced=True
    )

    assert decision.is_yes


def test_the_first_model_is_promoted() -> None:
    assert decide_promotion({"rmsse": 2.0, "seasonal_naive_rmsse": 1.0}, None).is_yes


def test_a_clearly_worse_challenger_is_not_promoted() -> None:
    decision = decide_promotion({"rmsse": 0.8, "seasonal_naive_rmsse": 1.0}, champion(ratio=0.7))

    assert not decision.is_yes
    assert "0.800" in decision.reason
    assert "0.700" in decision.reason


def test_an_equal_challenger_is_promoted_for_its_fresher_data() -> None:
    assert decide_promotion({"rmsse": 0.7, "seasonal_naive_rmsse": 1.0}, champion()).is_yes


def test_models_without_backtest_cannot_be_compared_and_the_newer_serves() -> None:
    assert decide_promotion({"rmsse": None, "seasonal_naive_rmsse": None}, champion()).is_yes
