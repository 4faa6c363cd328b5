"""What the data sets will give, by their options and by what lies there. Imports no torch."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from zoo.hookspecs import Outlook
from zoo_datasets.layouts import FASHION, MARKET, Arrangement, maps_in


def folder(options: Mapping[str, Any]) -> Outlook:
    """Of `datasets.folder`."""
    if options.get("parsing"):
        return Outlook(vocabulary=str(options.get("vocabulary") or ""))
    how = "say where the photos' label maps are: parsing = and vocabulary = in the track; zoo annotate makes them"
    return Outlook({"source.parsing": how})


def deepfashion(options: Mapping[str, Any]) -> Outlook:
    """Of `datasets.deepfashion`."""
    return _laid_out(options, FASHION)


def market(options: Mapping[str, Any]) -> Outlook:
    """Of `datasets.market`."""
    return _laid_out(options, MARKET)


def _laid_out(options: Mapping[str, Any], layout: Arrangement) -> Outlook:
    root, words = Path(str(options.get("root", ""))).expanduser(), options.get("vocabulary")
    if options.get("parsing") or not root.is_dir():
        return Outlook(vocabulary=str(words or ""))
    if found := maps_in(root, layout, words):
        return Outlook(vocabulary=found[1].vocabulary)
    usual = ", ".join(dict.fromkeys(name for way in layout.maps for name in way.folders if words in (None, way.vocabulary)))
    how = f"put label maps{f' of {words}' if words else ''} into {root} ({usual}); zoo annotate {root} makes them in regions"
    return Outlook({"source.parsing": how})
