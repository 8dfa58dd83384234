"""Stored models come back whole, or not at all."""

from __future__ import annotations

import pytest

from ml import artifact
from ml.engine import Covariates, TrainedModel, forecast, train
from ml.errors import ArtifactCorrupted
from tests.sales_frames import TINY, day, store

SHOP = store(6, 200)


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    return train(SHOP, cutoff=day(199), covariates=Covariates(future=("price",)), config=TINY)


def test_a_loaded_model_forecasts_the_same(model: TrainedModel) -> None:
    content = artifact.dump(model)

    loaded = artifact.load(content, sha256=artifact.digest(content))

    assert forecast(loaded, SHOP, cutoff=day(199)).equals(forecast(model, SHOP, cutoff=day(199)))


def test_a_loaded_model_dumps_to_the_same_bytes(model: TrainedModel) -> None:
    content = artifact.dump(model)

    assert artifact.dump(artifact.load(content, sha256=artifact.digest(content))) == content


def test_one_changed_byte_is_refused_before_parsing(model: TrainedModel) -> None:
    content = artifact.dump(model)
    damaged = content.replace(b'"n_series":6', b'"n_series":7')

    with pytest.raises(ArtifactCorrupted, match="restore them or train again"):
        artifact.load(damaged, sha256=artifact.digest(content))


def test_an_unknown_format_is_refused(model: TrainedModel) -> None:
    foreign = artifact.dump(model).replace(b'"format":3', b'"format":9')

    with pytest.raises(ArtifactCorrupted, match="format 9 is unknown"):
        artifact.load(foreign, sha256=artifact.digest(foreign))
