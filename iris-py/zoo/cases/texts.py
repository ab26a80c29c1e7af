"""Texts: taken apart by vectorizers, and what is usual behind these."""

from case import wholes


def vectorizers(of, text):
    """Each before the identity, which shows its columns."""
    for case in wholes(of, text, "mails", "three int"):
        yield case._replace(expression=f"of_text({case.expression})", end="identity")


CASES = [
    *vectorizers(
        "CountVectorizer",
        r"""
        CountVectorizer()
        CountVectorizer(lowercase=False)
        CountVectorizer(binary=True)
        CountVectorizer(strip_accents="ascii")
        CountVectorizer(strip_accents="unicode")
        CountVectorizer(stop_words="english")
        CountVectorizer(stop_words=["the", "you", "now"])
        CountVectorizer(ngram_range=(1, 2), min_df=2)
        CountVectorizer(ngram_range=(2, 3), max_features=120)
        CountVectorizer(analyzer="char", ngram_range=(1, 2))
        CountVectorizer(analyzer="char_wb", ngram_range=(2, 3), max_features=200)
        CountVectorizer(token_pattern=r"(?u)\b\w+\b")
        CountVectorizer(token_pattern=r"[a-zA-Z]{3,}")
        CountVectorizer(vocabulary={"free": 1, "the": 0})
        CountVectorizer(dtype=np.float64)
        CountVectorizer(tokenizer=str.split)
        CountVectorizer(analyzer=str.split)
        CountVectorizer(token_pattern=r"[a-z]+|\d")
        """,
    ),
    *vectorizers(
        "TfidfVectorizer",
        """
        TfidfVectorizer()
        TfidfVectorizer(norm="l1")
        TfidfVectorizer(norm=None)
        TfidfVectorizer(use_idf=False)
        TfidfVectorizer(smooth_idf=False)
        TfidfVectorizer(sublinear_tf=True)
        TfidfVectorizer(binary=True, ngram_range=(1, 2), max_df=0.5)
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), max_features=200)
        TfidfVectorizer(dtype=np.float32)
        """,
    ),
    *vectorizers(
        "HashingVectorizer",
        """
        HashingVectorizer(n_features=64)
        HashingVectorizer(n_features=50, alternate_sign=False, norm="l1")
        HashingVectorizer(n_features=100, norm=None, binary=True)
        """,
    ),
    *wholes(
        "TfidfTransformer",
        """
        of_text(CountVectorizer()) | TfidfTransformer() | LinearSVC(random_state=0)
        of_text(CountVectorizer()) | TfidfTransformer(sublinear_tf=True, norm="l1") | LogisticRegression()
        of_text(HashingVectorizer(n_features=64, alternate_sign=False, norm=None)) | TfidfTransformer() | SGDClassifier(random_state=0)
        """,
        "mails",
        "three str",
    ),
    *wholes(
        "TfidfVectorizer",
        """
        of_text(TfidfVectorizer()) | MultinomialNB()
        of_text(TfidfVectorizer()) | ComplementNB()
        of_text(TfidfVectorizer()) | BernoulliNB()
        of_text(TfidfVectorizer()) | RidgeClassifier()
        of_text(TfidfVectorizer()) | Perceptron()
        of_text(TfidfVectorizer()) | OneVsRestClassifier(LogisticRegression())
        of_text(TfidfVectorizer()) | TruncatedSVD(8, random_state=0) | Normalizer() | LogisticRegression()
        of_text(CountVectorizer()) | LatentDirichletAllocation(4, max_iter=5, random_state=0) | LogisticRegression()
        of_text(TfidfVectorizer()) | SelectKBest(chi2, k=30) | LogisticRegression()
        of_text(TfidfVectorizer()) | MaxAbsScaler() | LogisticRegression()
        of_text(TfidfVectorizer()) | StandardScaler(with_mean=False) | LogisticRegression()
        of_text(TfidfVectorizer()) | Normalizer("l1") | LogisticRegression()
        of_text(TfidfVectorizer()) | RandomForestClassifier(5, random_state=0)
        of_text(make_union(CountVectorizer(), TfidfVectorizer(analyzer="char", ngram_range=(2, 2)))) | LogisticRegression()
        and_length(TfidfVectorizer()) | LogisticRegression()
        and_length(TfidfVectorizer()) | RandomForestClassifier(5, random_state=0)
        of_text(TfidfVectorizer()) | NMF(4, tol=0, random_state=0) | LogisticRegression()
        """,
        "mails",
        "three str",
    ),
    *wholes(
        "TfidfVectorizer",
        """
        and_length(TfidfVectorizer()) | Ridge()
        of_text(TfidfVectorizer()) | SVR(kernel="linear")
        """,
        "mails",
        "number",
    ),
]
