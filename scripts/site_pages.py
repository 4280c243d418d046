"""What MkDocs (mkdocs.yml) cannot know: pages that the program itself writes, and links that leave docs/.

reference/commands.md is every command's --help, reference/fields.md what `inferscale fields` declares. A link to a file
outside docs/ becomes the file's name: the site has no such page.
"""
import json
import os
import pathlib
import re
import subprocess

from mkdocs.structure.files import File

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/bin/inferscale"
LINK = re.compile(r"\[([^\]]*)\]\(([^)\s]+)\)")
FENCE = re.compile(r"(^```.*?^```)", re.MULTILINE | re.DOTALL)


def output(*arguments):
    return subprocess.run([PROGRAM, *arguments], check=True, capture_output=True, text=True).stdout


def commands():
    """Names, in the order of the program's own help."""
    return re.findall(r"^  ([a-z]+)\b", output("--help").split("ubcommands:", 1)[1], re.MULTILINE)


def commands_page():
    parts = ["# Commands\n\nWhat `inferscale COMMAND --help` prints, of this version."]
    for name in commands():
        parts.append(f"## {name}\n\n```text\n{output(name, '--help').rstrip()}\n```")
    return "\n\n".join(parts) + "\n"


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def fields_page():
    parts = ["# Fields\n\nEvery field that inferscale reads or writes, as its code declares it (`inferscale fields --json`). "
             "[Plans](plans.md), [results](results.md) and the [protocol](protocol.md) say what they mean together."]
    for owner, fields in json.loads(output("fields", "--json")).items():
        rows = [f"| `{field['name']}` | {cell(field['type'])} | {cell(field.get('unit') or '')} | {cell(field.get('help') or '')} |"
                for field in fields]
        parts.append(f"## {owner}\n\n| field | type | unit | |\n| --- | --- | --- | --- |\n" + "\n".join(rows))
    return "\n\n".join(parts) + "\n"


def on_files(files, config):
    for path, page in (("reference/commands.md", commands_page), ("reference/fields.md", fields_page)):
        files.append(File.generated(config, path, content=page()))
    return files


def on_page_markdown(markdown, page, config, files):
    here = os.path.dirname(page.file.src_uri)

    def inside(match):
        target = match[2].split("#")[0]
        if "://" in target or not target or files.get_file_from_path(os.path.normpath(os.path.join(here, target))):
            return match[0]
        path = os.path.normpath(os.path.join("docs", here, target))
        # A folder of docs/ or a file beside it: there in the sources, and no page. All else stays, for MkDocs to complain about.
        return match[1] if (ROOT / path).exists() else match[0]

    return "".join(part if part.startswith("```") else LINK.sub(inside, part) for part in FENCE.split(markdown))
