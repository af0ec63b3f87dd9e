"""The test programs of the workspace, as cargo builds them. Used by .ci/first-pass and .ci/second-pass."""
import collections, json, pathlib, subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent

# `kind` is `test` for a program of tests, `lib` or `bin` for tests among the sources.
Program = collections.namedtuple("Program", "room name kind file folder")


def programs(rooms=()):
    """The test programs of these rooms, or of all; compiled when they are not."""
    # Of the whole workspace, where none is chosen: features are then the same everywhere, and nothing is built twice.
    which = [f"--package=shirushi-{room}" for room in rooms] or ["--workspace"]
    built = subprocess.run(
        ["cargo", "test", *which, "--locked", "--no-run", "--quiet", "--message-format", "json"],
        check=True, stdout=subprocess.PIPE, cwd=ROOT)
    found = []
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message.get("profile", {}).get("test"):
            folder = pathlib.Path(message["manifest_path"]).parent
            found.append(Program(folder.name, message["target"]["name"], message["target"]["kind"][0], message["executable"], folder))
    return sorted(found)
