"""How the documentation is built."""

import os
import sys
import tomllib
from pathlib import Path

import django
from sphinx.application import Sphinx

ROOT = Path(__file__).parents[1]
METADATA = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

# The reference is read from the docstrings, and models can be imported in a project only.
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from tests.benchmarks import report  # noqa: E402 - found by the path above
from tests.benchmarks.run import Results  # noqa: E402

project = "auditable"
author = METADATA["authors"][0]["name"]
copyright = f"2026, {author}"  # noqa: A001 - Sphinx's name
version = release = METADATA["version"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build", "example"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = f"auditable {release}"
pygments_style = "friendly"
pygments_dark_style = "github-dark"


def write_measurements(app: Sphinx) -> None:
    """Make the page of figures, and its plots, from the results of the last full benchmark."""
    results = Results.from_json((ROOT / "tests" / "benchmarks" / "measured.json").read_text())
    folder = Path(app.srcdir) / "measured"
    report.write_plots(results, folder)
    text = report.markdown(results, plots=True)
    (folder / "index.md").write_text(f"# Figures\n\n{text}")


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", write_measurements)
