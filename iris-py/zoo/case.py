"""A case: an expression, the data that it is fitted on, the target, and what stands at its end."""

import re
from typing import NamedTuple

FRAMES = {
    "houses",
    "kinds",
    "words",
    "crowds",
    "lost_words",
    "none_words",
    "flags",
    "plain",
    "stocked",
    "shelves",
    "mails",
}
LABELS = ["str", "int", "float", "object", "bool"]


class Case(NamedTuple):
    """One model to be fitted. All is text, so that a version without a class only fails to evaluate it."""

    subject: str
    """The class that it is about."""
    expression: str
    """Steps as Python, between " | "."""
    data: str
    """The name of a function in `data`."""
    target: str
    """"three str", "two bool" and so on for classes, "number", "numbers", "count" or "labels"."""
    end: str = ""
    """Empty where the last step predicts; else "identity" or "logistic"."""
    named: bool = False
    """Whether an array is given as a frame, so that the model knows names."""
    fit: str = ""
    """Keywords of `fit`, as Python."""

    @property
    def wrapped(self):
        return self.named and self.data not in FRAMES

    @property
    def title(self):
        steps = self.expression + (f" | {self.end}" if self.end else "")
        steps += f".fit({self.fit})" if self.fit else ""
        return f"{steps}: {self.data}{' by name' if self.wrapped else ''}, {self.target}"


def lines(text):
    """The lines that say something."""
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def subject(expression):
    """The class of a step."""
    return re.match(r"\w+", expression).group()


def classifiers(text, data=("iris", "cancer"), mixed=True):
    """Three and two classes; the first of a class with labels of every type, and behind columns of kinds."""
    seen = {}
    for expression in lines(text):
        of = subject(expression.split(" | ")[-1])
        number = seen[of] = seen.get(of, -1) + 1
        if number == 0:
            for label in LABELS[:4]:
                yield Case(of, expression, data[0], f"three {label}", named=label == "float")
            for label in LABELS:
                yield Case(of, expression, data[1], f"two {label}", named=label == "bool")
            if mixed:
                yield Case(of, f"mixed() | {expression}", "houses", "three str")
                yield Case(of, f"mixed() | {expression}", "kinds", "two bool")
        else:
            yield Case(of, expression, data[0], f"three {LABELS[number % 4]}", named=number % 2 == 1)
            yield Case(of, expression, data[1], f"two {LABELS[number % 5]}", named=number % 2 == 0)


def regressors(text, targets=("number", "numbers"), data="diabetes", mixed=True):
    """Each for one target and for several; the first line of a class also behind columns of kinds."""
    seen = set()
    for number, expression in enumerate(lines(text)):
        of = subject(expression.split(" | ")[-1])
        for target in targets:
            yield Case(of, expression, data, target, named=number % 2 == 1)
        if mixed and of not in seen:
            yield Case(of, f"mixed() | {expression}", "houses", targets[0])
        seen.add(of)


def transformers(text, data):
    """Each before the identity, which shows its columns; the first of a class also before a classifier."""
    seen = set()
    for number, expression in enumerate(lines(text)):
        of = subject(expression)
        for index, name in enumerate(data.split()):
            yield Case(of, expression, name, "three int", "identity", named=(number + index) % 2 == 1)
        if of not in seen:
            yield Case(of, expression, data.split()[0], "three str", "logistic")
        seen.add(of)


def wholes(of, text, data, target, fit=""):
    """Models as they stand, each about one class, or about its own."""
    for number, expression in enumerate(lines(text)):
        for name in data.split():
            yield Case(of or subject(expression), expression, name, target, named=number % 2 == 1, fit=fit)


def by_kind(of, text, data, target, fit="", changed=""):
    """Lines that serve several classes: each has `{}` for "Classifier" and so on, or has parameters only."""
    kind = re.search("[A-Z][a-z]+$", of).group()
    whole = [line if "{}" in line else f"{of}{line}" for line in lines(text)]
    whole = [f"{line[:-1]}, {changed})" if changed else line for line in whole]
    return wholes(of, "\n".join(whole).replace("{}", kind), data, target, fit)
