"""The text of a PDF with its metadata, and whether it carries more than pages."""

import io
import re
from collections.abc import Mapping

from pypdf import PdfReader
from pypdf.errors import PyPdfError
from pypdf.generic import DictionaryObject

# Keys of the catalogue under which a PDF carries programs or files.
CARRIERS = ("/OpenAction", "/AA", "/AcroForm", "/AF")
# What a document may say of itself: who wrote it on which machine, and when, is not among it.
DESCRIPTION = ("/Title", "/Subject", "/Creator", "/Producer")
CARRIERS_BY_NAME = ("/EmbeddedFiles", "/JavaScript")


def pdf_text(content: bytes) -> tuple[str, str | None]:
    """Text of all pages and of the metadata, and what is wrong with the file (None where nothing is).

    A word that is divided at the end of a line is put together in a second copy of the text.
    """
    if not content.startswith(b"%PDF-"):
        return "", "it is no PDF"
    try:
        reader = PdfReader(io.BytesIO(content), strict=True)
        if reader.is_encrypted:
            return "", "the PDF is encrypted"
        pages = "\n".join(page.extract_text() for page in reader.pages)
        words = [pages, *(str(value) for value in (reader.metadata or {}).values())]
        packet = reader.root_object.get("/Metadata")
        if packet is not None:
            words.append(packet.get_object().get_data().decode("utf-8", errors="replace"))
        problem = _carried(reader.root_object) or _described(reader.metadata or {})
    except (PyPdfError, ValueError, KeyError, AttributeError) as error:
        return "", f"the PDF cannot be read ({type(error).__name__})"
    text = "\n".join(words)
    return text + "\n" + re.sub(r"[-\u00ad\u2010]\s*\n\s*", "", text), problem


def _described(metadata: Mapping[str, object]) -> str | None:
    found = sorted(set(metadata) - set(DESCRIPTION))
    return f"the PDF carries metadata that it does not need ({found[0]})" if found else None


def _carried(catalogue: DictionaryObject) -> str | None:
    by_name = catalogue.get("/Names")
    held = set(catalogue) | (set(by_name.get_object()) if by_name is not None else set())
    found = [key for key in (*CARRIERS, *CARRIERS_BY_NAME) if key in held]
    return f"the PDF carries a file, a form or a program ({found[0]})" if found else None
