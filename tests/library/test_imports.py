"""What is imported for nothing: seconds of each job that reads a notebook, or writes a column in Arrow."""

import subprocess
import sys

import pytest

NOTEBOOKS = "import recredit.briefs.document, recredit.briefs.typeset, nbconvert"
SCHEMAS = "from recredit.configuration import validate; validate({}, {'type': 'object'}, 'nothing')"
COLUMNS = "from recredit.columns import repeated; assert repeated('é', 2).to_pylist() == ['é', 'é']"


@pytest.mark.parametrize(
    ("work", "module"), [(NOTEBOOKS, "rfc3987_syntax"), (SCHEMAS, "rfc3987_syntax"), (COLUMNS, "pandas")]
)
def test_a_slow_module_is_left_out(work: str, module: str) -> None:
    program = f"import sys; {work}; sys.exit({module!r} in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
