"""`esclusa judge calibrate`, against a judge on a real port."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from click.testing import CliRunner, Result

from esclusa.cli.main import main

Says = Callable[[str], str]


@contextmanager
def judge(says: Says) -> Iterator[str]:
    """The address of a judge that says this of an answer."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answer = json.loads(asked["messages"][-1]["content"])["answer"]
            content = json.dumps({"reason": "So it is.", "choice": says(answer)})
            body = json.dumps({"model": "j", "choices": [{"message": {"content": content}}]}).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def calibrated(directory: Path, says: Says, *words: str) -> Result:
    rows = [{"id": f"{n}", "input": "q", "answer": "good" if n % 2 else "bad", "label": n % 2 == 1} for n in range(40)]  # fmt: skip
    (directory / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (directory / "cases.jsonl").write_text('{"id": "a", "input": "x"}\n')
    with judge(says) as url:
        settings = json.dumps({"name": "apt", "rubric": "Apt?", "model": {"url": url, "model": "j[1]"}})
        (directory / "suite.yaml").write_text(f"dataset: cases.jsonl\nscorers: [judge: {settings}]\n")
        return CliRunner().invoke(
            main, ["-C", str(directory), "judge", "calibrate", "suite.yaml", "labels.jsonl", *words]
        )


def good(answer: str) -> str:
    return "yes" if answer == "good" else "no"


def test_a_usable_judge_is_shown_and_kept_beside_its_suite(tmp_path: Path) -> None:
    done = calibrated(tmp_path, good)
    assert done.exit_code == 0, done.output
    shown = [line.rstrip() for line in done.output.splitlines() if line.strip()]
    assert shown[0] == "apt of suite.yaml, asked of j[1]"
    assert shown[1].startswith("usable: kappa is 1.00 (95 % interval 0.8")
    assert [line.split() for line in shown[2:5]] == [
        ["people", "say", "judge:", "no", "judge:", "yes"],
        ["no", "20", "0"],
        ["yes", "0", "20"],
    ]
    assert shown[5].startswith("beside people, it gives longer answers +0.0 points against shorter ones")
    assert shown[-1] == "kept in suite.apt.calibration.json; commit it with the suite"
    assert json.loads((tmp_path / "suite.apt.calibration.json").read_text())["verdict"] == "usable"


def test_an_unusable_judge_ends_with_1_and_is_kept_all_the_same(tmp_path: Path) -> None:
    done = calibrated(tmp_path, lambda _: "yes", "--json")
    assert done.exit_code == 1
    found = json.loads(done.output)
    assert (found["file"], found["calibration"]["verdict"]) == ("suite.apt.calibration.json", "unusable")
    assert (tmp_path / found["file"]).is_file()


def test_a_suite_that_is_not_there_is_a_usage_error_in_words(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["-C", str(tmp_path), "judge", "calibrate", "no.yaml", "no.jsonl"])
    assert done.exit_code == 2
    assert "Traceback" not in done.output
