"""The peers: one peer is one file and one row here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """How a table calls it, the environment that it runs in (empty: wisen's own), and its module."""

    title: str
    environment: str
    module: str


PEERS = {
    "wisen": Peer("wisen", "", "wisen"),
    "wisen_pretrained": Peer("wisen, pretrained", "", "wisen_pretrained"),
    "linear": Peer("linear", "nets", "linear"),
    "boosting": Peer("HistGB", "nets", "boosting"),
    "boosting_tuned": Peer("HistGB tuned", "nets", "boosting_tuned"),
    "catboost": Peer("CatBoost", "autogluon", "catboost"),
    "autogluon": Peer("AutoGluon", "autogluon", "autogluon"),
    "keras": Peer("Keras", "nets", "keras"),
    "fastai": Peer("fastai", "nets", "fastai"),
    "torch_cnn": Peer("PyTorch CNN", "nets", "torch_cnn"),
    "tfidf": Peer("TF-IDF + LR", "nets", "tfidf"),
    "minilm": Peer("MiniLM + LR", "minilm", "minilm"),
    "pixels": Peer("pixel distance", "nets", "pixels"),
    "embedding": Peer("dlib embedding", "dlib", "embedding"),
}
