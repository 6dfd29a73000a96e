"""Runs in the processing job: scores the test data and writes the metrics that decide on registration."""

from __future__ import annotations

import csv
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

WORK = Path("/opt/ml/processing")


def auc(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Area under the ROC curve: how often a positive case scores above a negative one, ties counting half."""
    positive = [score for label, score in zip(labels, scores) if label == 1]
    negative = [score for label, score in zip(labels, scores) if label == 0]
    if not positive or not negative:
        raise ValueError("the test data needs cases of both labels")
    won = sum((p > n) + 0.5 * (p == n) for p in positive for n in negative)
    return won / (len(positive) * len(negative))


def accuracy(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Share of cases on the right side of 0.5."""
    return sum((score >= 0.5) == (label == 1) for label, score in zip(labels, scores)) / len(labels)


def report(labels: Sequence[int], scores: Sequence[float]) -> dict[str, Any]:
    """The metrics in the form that the model registry shows.

    https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html
    """
    metrics = {"auc": auc(labels, scores), "accuracy": accuracy(labels, scores)}
    return {
        "binary_classification_metrics": {
            name: {"value": round(value, 6), "standard_deviation": "NaN"} for name, value in metrics.items()
        }
    }


def read(path: Path) -> tuple[list[int], list[list[float]]]:
    """Labels (the first column) and features of a CSV file without a header."""
    with path.open(newline="") as file:
        rows = [[float(cell) for cell in row] for row in csv.reader(file) if row]
    return [int(row[0]) for row in rows], [row[1:] for row in rows]


def main() -> None:
    """Reads model and test data where the job put them; writes evaluation.json."""
    import numpy
    import xgboost

    with tarfile.open(WORK / "model/model.tar.gz") as archive:
        archive.extract("xgboost-model", path=WORK / "model")
    booster = xgboost.Booster()
    booster.load_model(str(WORK / "model/xgboost-model"))
    labels, features = read(WORK / "test/test.csv")
    scores = booster.predict(xgboost.DMatrix(numpy.array(features)))
    target = WORK / "evaluation/evaluation.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(report(labels, [float(score) for score in scores])))


if __name__ == "__main__":
    main()
