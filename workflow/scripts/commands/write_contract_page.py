"""Write docs/contract.md from config/contract: `make docs` calls this; a test holds the page in step."""

import sys
from pathlib import Path

from recredit.contract import load_contract
from recredit.contract_page import contract_page
from recredit.errors import RecreditError

REPOSITORY = Path(__file__).resolve().parents[3]


def main() -> int:
    folder = REPOSITORY / "config" / "contract"
    try:
        page = contract_page(load_contract(folder), int((folder / "version").read_text(encoding="utf-8")))
    except RecreditError as error:
        print(error, file=sys.stderr)
        return 2
    (REPOSITORY / "docs" / "contract.md").write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
