import unittest
from pathlib import Path

from evaluate import accuracy, auc, read, report

DATA = Path(__file__).parent.parent / "data"


class Metrics(unittest.TestCase):
    def test_auc(self) -> None:
        for labels, scores, expected in (
            ([0, 0, 1, 1], [0.1, 0.2, 0.8, 0.9], 1.0),
            ([0, 1], [0.5, 0.5], 0.5),
            ([1, 0], [0.1, 0.9], 0.0),
            ([0, 1, 0, 1], [0.1, 0.4, 0.5, 0.9], 0.75),
        ):
            self.assertEqual(auc(labels, scores), expected)

    def test_auc_needs_both_labels(self) -> None:
        with self.assertRaisesRegex(ValueError, "both labels"):
            auc([1, 1], [0.1, 0.2])

    def test_accuracy(self) -> None:
        self.assertEqual(accuracy([0, 1, 1, 0], [0.2, 0.5, 0.4, 0.9]), 0.5)

    def test_report_is_what_the_condition_reads(self) -> None:
        metrics = report([0, 1], [0.2, 0.9])["binary_classification_metrics"]
        self.assertEqual(
            {name: metric["value"] for name, metric in metrics.items()}, {"auc": 1.0, "accuracy": 1.0}
        )


class Data(unittest.TestCase):
    def test_every_file_has_both_labels_and_the_same_features(self) -> None:
        for name in ("train.csv", "validation.csv", "test.csv"):
            labels, features = read(DATA / name)
            self.assertEqual(set(labels), {0, 1})
            self.assertEqual({len(row) for row in features}, {4})
