"""Which image has which label: a folder per class, with or without ``train`` and ``test`` above them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import normalize

from alviz.datasets.image_files import ImageFiles
from alviz.errors import InvalidInput


@dataclass(frozen=True)
class Entry:
    """One image of a layout.

    Attributes
    ----------
    path : str
    label : int
        The number of its class, -1 where it has none.
    test : bool
        Whether it is of the test split.
    """

    path: str
    label: int
    test: bool


@dataclass(frozen=True)
class Layout:
    """The classes, and the images in the order of the pool's rows: class by class, the unlabeled, then the test split.

    Attributes
    ----------
    classes : tuple of str
    entries : tuple of Entry
    """

    classes: tuple[str, ...]
    entries: tuple[Entry, ...]


def read_layout(files: ImageFiles, unlabeled: str, classes: Sequence[str] | None) -> Layout:
    """Return what the folders say.

    Parameters
    ----------
    unlabeled : str
        The name of the folder whose images have no label.
    classes : sequence of str or None
        The names of the classes in order; by default those of the folders, sorted as torchvision sorts them.

    Raises
    ------
    InvalidInput
        For images outside class folders, a class folder without images, fewer than 2 classes, folders that are no
        class, and folders beside ``train`` and ``test``.
    """
    unlabeled = _name(unlabeled)
    flat = None if classes is None else _flat(files, [unlabeled, *map(_name, classes)])
    train, test = _splits(files, _common_top(files, unlabeled), unlabeled) if flat is None else ({unlabeled: flat}, {})
    names = _class_names(files, train, unlabeled) if classes is None else tuple(map(_name, classes))
    if unlabeled in names:
        raise InvalidInput(f"classes names {unlabeled!r}, the folder of images without a label: see unlabeled=...")
    for part, found in {"training": train, "test": test}.items():
        unknown = sorted(name for name, images in found.items() if images and name not in {*names, unlabeled})
        if unknown:
            known = "classes=[...] does not name" if classes is not None else "the training folders do not have"
            raise InvalidInput(f"{files.path} has {part} images of {_quote(unknown)}, which {known}.")
    labels = {name: label for label, name in enumerate(names)} | {unlabeled: -1}
    entries = (
        Entry(image, label, is_test)
        for found, is_test in ((train, False), (test, True))
        for name, label in labels.items()
        for image in found.get(name, ())
    )
    return Layout(names, tuple(entries))


def _class_names(files: ImageFiles, train: dict[str, list[str]], unlabeled: str) -> tuple[str, ...]:
    """Return the names of the folders, each of which must show what its class is."""
    names = tuple(sorted(train.keys() - {unlabeled}))
    empty = [name for name in names if not train[name]]
    if empty:
        raise InvalidInput(
            f"The class folder(s) {_quote(empty)} of {files.path} hold no image: remove them, "
            "or pass classes=[...] to keep classes of which no image is known yet."
        )
    if len(names) < 2:
        raise InvalidInput(
            f"{files.path} shows {len(names)} class(es){': ' if names else ''}{_quote(names)}. At least 2 are "
            "needed: one folder per class, or classes=[...] to name them all."
        )
    return names


def _splits(files: ImageFiles, root: str, unlabeled: str) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the images of train and test by class name."""
    top = _by_class(files, root)
    others = sorted(top.keys() - {"train", "test", unlabeled})
    # A class may be called train too: then it stands beside other classes and has no folders of its own.
    if "train" not in top or (others and not _children(files, f"{root}train/")):
        return top, {}
    if others:
        raise InvalidInput(
            f"{files.path} has {_quote(others)} beside 'train': expected 'train' and 'test' "
            f"with one folder per class in each, and perhaps {unlabeled!r}. Rename or move the other(s)."
        )
    train = _by_class(files, f"{root}train/")
    train[unlabeled] = train.get(unlabeled, []) + top.get(unlabeled, [])
    return train, _by_class(files, f"{root}test/") if "test" in top else {}


def _by_class(files: ImageFiles, root: str) -> dict[str, list[str]]:
    """Return the images below each folder of `root`, nested ones too; refuse those that lie directly in `root`."""
    loose = _loose(files, root)
    if loose:
        raise InvalidInput(
            f"{len(loose)} image(s) lie directly in {files.path / root}, the first is {loose[0]!r}, so their class is "
            "unknown: put them in one folder per class, or in a folder 'unlabeled'; of a folder without any folders "
            "pass classes=[...], the names that you will give."
        )
    found: dict[str, list[str]] = {_name(name): [] for name in sorted(_children(files, root))}
    for image in files.images:
        if image.startswith(root):
            found[_name(image[len(root) :].partition("/")[0])].append(image)
    return found


def _common_top(files: ImageFiles, unlabeled: str) -> str:
    """Return "NAME/" where everything lies in one folder that is no class, as in most zips; else ""."""
    top = _children(files, "")
    if len(top) != 1 or _loose(files, ""):
        return ""
    (only,) = top
    root = f"{only}/"
    if _name(only) == unlabeled or _loose(files, root) or not _children(files, root):
        return ""
    return root


def _flat(files: ImageFiles, named: Sequence[str]) -> list[str] | None:
    """Return the images of a folder without any folders, none of which has a label; None for any other layout."""
    top = _children(files, "")
    root = f"{next(iter(top))}/" if len(top) == 1 and _name(next(iter(top))) not in named else ""
    if _children(files, root) or not _loose(files, root) or (root and _loose(files, "")):
        return None
    return _loose(files, root)


def _children(files: ImageFiles, root: str) -> set[str]:
    """Return the names of the folders directly in `root`."""
    return {name[len(root) :] for name in files.folders if name.startswith(root) and "/" not in name[len(root) :]}


def _loose(files: ImageFiles, root: str) -> list[str]:
    """Return the images directly in `root`."""
    return [image for image in files.images if image.startswith(root) and "/" not in image[len(root) :]]


def _name(folder: str) -> str:
    """Return a name with composed accents: some systems write é in file names as two characters."""
    return normalize("NFC", str(folder))


def _quote(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
