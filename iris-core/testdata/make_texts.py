"""Makes pickles of models that read texts, and what they answer to texts in many scripts.

`python make_texts.py` writes `texts/` and `texts.json` with the scikit-learn of `make_pickles.py`;
`python make_texts.py old` writes `old_texts/` and `old_texts.json` with that of `make_old_pickles.py`.
"""

from __future__ import annotations

import json
import pickle
import random
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.feature_selection import SelectKBest, VarianceThreshold, chi2
from sklearn.linear_model import (
    LogisticRegression,
    PassiveAggressiveClassifier,
    Perceptron,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, ComplementNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import MaxAbsScaler, Normalizer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC, LinearSVC, LinearSVR
from sklearn.tree import DecisionTreeClassifier

HERE = Path(__file__).parent

HAM = """
Are we still meeting for lunch on Friday? The café by the river opens at noon.
I have sent you the minutes of the meeting, please read them before Monday.
Kannst du bitte die Äpfel und das Brot vom Bäcker mitbringen? Grüße aus Köln!
Le train de 8 h 45 est annulé, nous prendrons celui de l'après-midi à Orléans.
Мы встретимся завтра в семь часов у входа в библиотеку, не опаздывай.
明日の会議は午後三時からです。資料を忘れないでください。
我们明天下午三点在图书馆门口见面，请带上你的笔记。
मैं कल सुबह की बैठक में नहीं आ सकूँगा, कृपया रिपोर्ट भेज दीजिए।
سنلتقي غدا في الساعة السابعة أمام المكتبة، لا تتأخر.
נפגש מחר בשבע בכניסה לספרייה, אל תאחר בבקשה.
Θα συναντηθούμε αύριο στις επτά έξω από τη βιβλιοθήκη, ΜΗΝ ΑΡΓΗΣΕΙΣ.
내일 오후 세 시에 도서관 앞에서 만나요, 노트를 꼭 가져오세요.
The children's school play is on the 12th; don't forget your_camera_2 at home.
Bring the blue folder, the one that I've marked with x_1 and y_2, thanks a lot.
Yarın saat yedide İstanbul'da kütüphanenin önünde buluşalım, geç kalma ışık yanınca.
"""
SPAM = """
FREE MONEY!!! Click here to claim your prize of 1,000,000 dollars today only!!!
Congratulations, you have WON a free cruise 🎉🎉🎉 reply now now now to claim it
Verdienen Sie 5000 € pro Woche von zu Hause, kostenlos und ohne Risiko, klicken Sie hier!
GAGNEZ un téléphone gratuit — cliquez ici, offre limitée, argent facile garanti !
Вы выиграли миллион рублей! Нажмите сюда, чтобы получить бесплатный приз!
おめでとうございます！無料で賞金百万円が当たりました。今すぐクリック！
恭喜您中奖一百万元！免费领取，立即点击这里，机会难得！
बधाई हो! आपने दस लाख रुपये का मुफ्त इनाम जीता है, अभी यहाँ क्लिक करें!
مبروك! لقد ربحت مليون دولار مجانا، اضغط هنا الآن للحصول على الجائزة!
מזל טוב! זכית במיליון דולר בחינם, לחץ כאן עכשיו כדי לקבל את הפרס!
ΣΥΓΧΑΡΗΤΗΡΙΑ! Κερδίσατε ένα εκατομμύριο ευρώ δωρεάν, κάντε κλικ εδώ ΤΩΡΑ!
축하합니다! 무료로 백만 원 상금에 당첨되셨습니다, 지금 여기를 클릭하세요!
Cheap pills, no prescription needed, best prices, buy now and save 90% on all orders
You've been pre-approved for a loan, no credit check, act now, limited offer, click here
TEBRİKLER! Ücretsiz bir milyon lira KAZANDINIZ, hemen tıklayın ve ödülünüzü alın!
"""
STRANGE = [
    "",
    " \t\n ",
    "!!! ... 🎉",
    "the and of with you",
    "a b c 1 2 3",
    "👩‍👩‍👧‍👦 café café ﬁne ﬂow ½ ² ① Ⅷ ａｂｃ ｱｲｳ ℌello",
    "e\u0301te\u0301 ne\u00e9 n\u0303o "
    "\u0915\u093f\u0924\u093e\u092c \u0e20\u0e32\u0e29\u0e32\u0e44\u0e17\u0e22",
    "ΟΔΥΣΣΕΥΣ Σ ΑΣ. ΑΣΑ straße STRASSE ǅ ẞ İI ıi ŉ ΐ",
    "tab\tseparated\x0bvertical\x1cfile\u0085next\u00a0space\u2028line\u3000wide\u200bzero  two   three",
    "under_score __init__ a_b _ __ x1 1x 3.14 2026-11-26 user@example.org it's",
    "FREE free Free fReE click CLICK here here here now money money",
    "x" * 300 + " " + "né" * 200,
    "\U0001d4d0\U0001d4d1 \U00020000\U00020001 \U0001f600 \ufeffbom \u00adsoft\u00adhyphen a\u0000b",
]


def corpus() -> tuple[list[str], np.ndarray]:
    """Both kinds of messages, and mixtures of their sentences."""
    ham, spam = HAM.strip().splitlines(), SPAM.strip().splitlines()
    draw = random.Random(7)
    texts = [*ham, *spam]
    for _ in range(30):
        texts += [" ".join(draw.sample(ham, 2)), " ".join(draw.sample(spam, 2))]
    kinds = ["ham"] * len(ham) + ["spam"] * len(spam) + ["ham", "spam"] * 30
    return texts, np.array(kinds)


def asked() -> list[str]:
    """Some of them, strange ones, and two long ones of 2,000 words."""
    texts, _ = corpus()
    draw = random.Random(8)
    words = " ".join(texts[:30]).split()
    long = [" ".join(draw.choice(words) for _ in range(2000)) for _ in range(2)]
    return [*texts[:30:2], *texts[31:35], *STRANGE, *long]


TEXTS, KINDS = corpus()
LANGUAGES = np.array([f"group {index % 5}" for index in range(len(TEXTS))])
NUMBERS = np.array([len(text) / 10 for text in TEXTS])


def logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=2000, C=10.0)


def words(**parameters: Any) -> Any:
    return make_pipeline(TfidfVectorizer(**parameters), logistic())


def counts(**parameters: Any) -> Any:
    return make_pipeline(CountVectorizer(**parameters), logistic())


def frame(texts: list[str]) -> pd.DataFrame:
    sizes = [float(len(text)) for text in texts]
    colours = [["red", "green", "blue"][len(text) % 3] for text in texts]
    return pd.DataFrame({"subject": texts, "size": sizes, "body": texts[::-1], "colour": colours})


def columns(rest: Any, **parameters: Any) -> Any:
    return make_pipeline(
        ColumnTransformer(
            [
                ("subject", TfidfVectorizer(), "subject"),
                ("size", StandardScaler(), ["size"]),
                ("colour", OneHotEncoder(handle_unknown="ignore"), ["colour"]),
                ("body", CountVectorizer(analyzer="char", ngram_range=(2, 2), max_features=80), "body"),
            ],
            **parameters,
        ),
        rest,
    )


CASES: dict[str, tuple[Any, Any]] = {
    "spam filter": (make_pipeline(TfidfVectorizer(), MultinomialNB()), KINDS),
    "CountVectorizer": (counts(), KINDS),
    "CountVectorizer(binary)": (counts(binary=True), LANGUAGES),
    "CountVectorizer(lowercase=False)": (counts(lowercase=False), KINDS),
    "CountVectorizer(accents ascii)": (counts(strip_accents="ascii"), KINDS),
    "CountVectorizer(accents unicode)": (counts(strip_accents="unicode"), KINDS),
    "CountVectorizer(accents, capitals)": (counts(strip_accents="unicode", lowercase=False), KINDS),
    "CountVectorizer(1 to 3 words)": (counts(ngram_range=(1, 3), max_features=300), KINDS),
    "CountVectorizer(2 words, english)": (counts(ngram_range=(2, 2), stop_words="english"), KINDS),
    "CountVectorizer(stop words)": (counts(stop_words=["the", "you", "to", "here", "hier"]), KINDS),
    "CountVectorizer(english)": (counts(stop_words="english", min_df=2, max_df=0.5), KINDS),
    "CountVectorizer(characters)": (counts(analyzer="char", ngram_range=(1, 3), max_features=400), KINDS),
    "CountVectorizer(characters of words)": (
        counts(analyzer="char_wb", ngram_range=(2, 4), max_features=400),
        KINDS,
    ),
    "CountVectorizer(long characters of words)": (
        counts(analyzer="char_wb", ngram_range=(5, 7), max_features=400),
        KINDS,
    ),
    "CountVectorizer(all words)": (counts(token_pattern=r"(?u)\b\w+\b"), KINDS),
    "CountVectorizer(letters)": (counts(token_pattern=r"\b[a-zA-Z]{3,}\b"), KINDS),
    "CountVectorizer(no spaces)": (counts(token_pattern=r"\S+"), KINDS),
    "CountVectorizer(vocabulary)": (counts(vocabulary=["free", "click", "meeting", "now"]), KINDS),
    "TfidfVectorizer": (words(), KINDS),
    "TfidfVectorizer(sublinear)": (words(sublinear_tf=True), LANGUAGES),
    "TfidfVectorizer(l1)": (words(norm="l1"), KINDS),
    "TfidfVectorizer(no norm)": (words(norm=None), KINDS),
    "TfidfVectorizer(no idf)": (words(use_idf=False), KINDS),
    "TfidfVectorizer(not smooth)": (words(smooth_idf=False), KINDS),
    "TfidfVectorizer(max_features)": (words(max_features=100, ngram_range=(1, 2), binary=True), KINDS),
    "TfidfTransformer": (make_pipeline(CountVectorizer(), TfidfTransformer(), LinearSVC()), KINDS),
    "HashingVectorizer": (
        make_pipeline(HashingVectorizer(n_features=512), SGDClassifier(loss="log_loss", random_state=0)),
        KINDS,
    ),
    "HashingVectorizer(unsigned)": (
        make_pipeline(
            HashingVectorizer(n_features=1000, alternate_sign=False, norm=None),
            TfidfTransformer(),
            logistic(),
        ),
        KINDS,
    ),
    "HashingVectorizer(few, binary)": (
        make_pipeline(HashingVectorizer(n_features=16, binary=True, norm="l1"), logistic()),
        KINDS,
    ),
    "LinearSVC": (make_pipeline(TfidfVectorizer(), LinearSVC()), LANGUAGES),
    "Ridge": (make_pipeline(TfidfVectorizer(), Ridge()), NUMBERS),
    "Ridge, two": (make_pipeline(TfidfVectorizer(), Ridge()), np.column_stack([NUMBERS, -NUMBERS])),
    "LinearSVR": (make_pipeline(TfidfVectorizer(), LinearSVR(max_iter=5000)), NUMBERS),
    "RidgeClassifier": (make_pipeline(TfidfVectorizer(), RidgeClassifier()), LANGUAGES),
    "SGDClassifier": (make_pipeline(TfidfVectorizer(), SGDClassifier(random_state=0)), LANGUAGES),
    "PassiveAggressiveClassifier": (
        make_pipeline(TfidfVectorizer(), PassiveAggressiveClassifier(random_state=0)),
        KINDS,
    ),
    "Perceptron": (make_pipeline(TfidfVectorizer(), Perceptron(random_state=0)), LANGUAGES),
    "MultinomialNB": (make_pipeline(CountVectorizer(), MultinomialNB()), LANGUAGES),
    "ComplementNB": (make_pipeline(CountVectorizer(), ComplementNB()), LANGUAGES),
    "ComplementNB(norm)": (make_pipeline(TfidfVectorizer(), ComplementNB(norm=True)), KINDS),
    "BernoulliNB": (make_pipeline(CountVectorizer(), BernoulliNB()), LANGUAGES),
    "BernoulliNB(binarized)": (
        make_pipeline(CountVectorizer(binary=True), BernoulliNB(binarize=None)),
        KINDS,
    ),
    "OneVsRestClassifier": (make_pipeline(TfidfVectorizer(), OneVsRestClassifier(logistic())), LANGUAGES),
    "CalibratedClassifierCV": (
        make_pipeline(TfidfVectorizer(), CalibratedClassifierCV(LinearSVC(), cv=3)),
        KINDS,
    ),
    "TruncatedSVD": (
        make_pipeline(TfidfVectorizer(), TruncatedSVD(10, random_state=0), Normalizer(), logistic()),
        LANGUAGES,
    ),
    "SelectKBest": (make_pipeline(TfidfVectorizer(), SelectKBest(chi2, k=40), logistic()), KINDS),
    "SelectKBest, Normalizer": (
        make_pipeline(CountVectorizer(), SelectKBest(chi2, k=40), Normalizer(), logistic()),
        KINDS,
    ),
    "VarianceThreshold": (make_pipeline(CountVectorizer(), VarianceThreshold(0.02), logistic()), KINDS),
    "MaxAbsScaler": (make_pipeline(CountVectorizer(), MaxAbsScaler(), logistic()), KINDS),
    "StandardScaler": (
        make_pipeline(CountVectorizer(), StandardScaler(with_mean=False), MultinomialNB()),
        KINDS,
    ),
    "MaxAbsScaler, Normalizer": (
        make_pipeline(CountVectorizer(), MaxAbsScaler(), Normalizer(), LinearSVC()),
        KINDS,
    ),
    "trees": (
        make_pipeline(CountVectorizer(max_features=60), RandomForestClassifier(7, random_state=0)),
        KINDS,
    ),
    "tree": (make_pipeline(TfidfVectorizer(), DecisionTreeClassifier(random_state=0)), LANGUAGES),
    "neighbors": (
        make_pipeline(
            TfidfVectorizer(max_features=50), TruncatedSVD(5, random_state=0), KNeighborsClassifier(3)
        ),
        KINDS,
    ),
    "MLPClassifier": (
        make_pipeline(TfidfVectorizer(max_features=80), MLPClassifier((6,), max_iter=60, random_state=0)),
        LANGUAGES,
    ),
    "FeatureUnion": (
        make_pipeline(
            FeatureUnion(
                [
                    ("words", TfidfVectorizer(ngram_range=(1, 2), max_features=200)),
                    ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 3), max_features=200)),
                ],
                transformer_weights={"characters": 0.5},
            ),
            logistic(),
        ),
        LANGUAGES,
    ),
    "FeatureUnion, NB": (
        make_pipeline(FeatureUnion([("a", CountVectorizer()), ("b", TfidfVectorizer())]), BernoulliNB()),
        KINDS,
    ),
    "FeatureUnion, chi2": (
        make_pipeline(
            FeatureUnion([("a", CountVectorizer()), ("b", TfidfVectorizer())]),
            SelectKBest(chi2, k=30),
            MultinomialNB(),
        ),
        KINDS,
    ),
    "VotingClassifier": (
        make_pipeline(
            CountVectorizer(),
            VotingClassifier(
                [("a", MultinomialNB()), ("b", make_pipeline(TfidfTransformer(), logistic()))], voting="soft"
            ),
        ),
        KINDS,
    ),
    "GridSearchCV": (
        GridSearchCV(
            Pipeline([("words", TfidfVectorizer()), ("nb", MultinomialNB())]), {"nb__alpha": [0.1, 1.0]}, cv=2
        ),
        KINDS,
    ),
    "columns": (columns(logistic()), KINDS),
    "columns, regression": (columns(Ridge(), transformer_weights={"size": 2.0}), NUMBERS),
    "columns, SGD": (
        columns(SGDClassifier(loss="modified_huber", random_state=0), sparse_threshold=0),
        LANGUAGES,
    ),
    "columns, tree": (columns(DecisionTreeClassifier(random_state=0)), LANGUAGES),
    "SVC": (make_pipeline(TfidfVectorizer(max_features=50), SVC(kernel="linear")), KINDS),
}

REFUSED = {
    "a function as the analyzer": make_pipeline(CountVectorizer(analyzer=str.split), MultinomialNB()),
    "a function as the tokenizer": make_pipeline(
        CountVectorizer(tokenizer=str.split, token_pattern=None), MultinomialNB()
    ),
    "a function as the preprocessor": make_pipeline(TfidfVectorizer(preprocessor=str.lower), MultinomialNB()),
    "a pattern with a choice": make_pipeline(CountVectorizer(token_pattern=r"[a-z]+|\d"), MultinomialNB()),
    "single precision": make_pipeline(TfidfVectorizer(dtype=np.float32), MultinomialNB()),
}


def answers(model: Any, rows: Any) -> dict[str, Any]:
    said: dict[str, Any] = dict.fromkeys(["labels", "decision_function", "probabilities", "values"])
    if not hasattr(model, "classes_"):
        values = model.predict(rows)
        return said | {"values": np.asarray(values).reshape(len(values), -1).tolist()}
    said["labels"] = model.predict(rows).tolist()
    if hasattr(model, "predict_proba"):
        said["probabilities"] = model.predict_proba(rows).tolist()
    if hasattr(model, "decision_function"):
        scores = model.decision_function(rows)
        said["decision_function"] = scores.reshape(len(scores), -1).tolist()
    return said


def main() -> None:
    """Writes every file."""
    warnings.simplefilter("ignore")
    is_old = "old" in sys.argv[1:]
    folder = HERE / ("old_texts" if is_old else "texts")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    texts = asked()
    items = []
    for index, (title, (model, targets)) in enumerate(CASES.items()):
        if is_old and index % 2:
            continue
        is_frame = title.startswith("columns")
        model.fit(frame(TEXTS) if is_frame else TEXTS, targets)
        rows = frame(texts) if is_frame else texts
        stem = "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split())
        if index % 3 == 0:
            file = f"{stem}.joblib"
            joblib.dump(model, folder / file, compress=3)
        else:
            file = f"{stem}.pkl"
            (folder / file).write_bytes(pickle.dumps(model, protocol=2 + index % 4))
        names = list(rows.columns) if is_frame else ["text"]
        items.append({"estimator": title, "file": file, "names": names, **answers(model, rows)})
    # As people keep them who never heard of pipelines.
    for name, step in zip(["vectorizer.pkl", "model.pkl"], CASES["spam filter"][0], strict=True):
        (folder / name).write_bytes(pickle.dumps(step, protocol=4))
    refused = []
    for title, model in REFUSED.items():
        model.fit(TEXTS, KINDS)
        file = f"refused_{len(refused)}.pkl"
        (folder / file).write_bytes(pickle.dumps(model, protocol=4))
        refused.append({"estimator": title, "file": file})
    lines = ",\n".join(json.dumps(item) for item in items)
    parts = {"texts": texts, "frame": frame(texts).to_numpy().tolist(), "refused": refused}
    head = "".join(f"{json.dumps(name)}: {json.dumps(part)},\n" for name, part in parts.items())
    (HERE / f"{folder.name}.json").write_text("{\n" + head + '"models": [\n' + lines + "\n]\n}\n")
    print(f"{len(items)} models")


if __name__ == "__main__":
    main()
