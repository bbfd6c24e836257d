"""TF-IDF over words and pairs of words with logistic regression, tuned on the training part by cross-validation."""

from __future__ import annotations

from bench.peers.part import Answers, Split, run
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

DIALS = {"tfidfvectorizer__ngram_range": [(1, 1), (1, 2)], "logisticregression__C": [1.0, 4.0, 16.0, 64.0]}


def fit(split: Split, seed: int, budget: float) -> Answers:
    """What answers after the search."""
    model = make_pipeline(TfidfVectorizer(sublinear_tf=True, min_df=2), LogisticRegression(max_iter=1000))
    search = GridSearchCV(model, DIALS, cv=3, scoring="accuracy").fit(split.inputs, split.answers)
    answer: Answers = search.predict_proba
    return answer


if __name__ == "__main__":
    run(fit, "scikit-learn")
