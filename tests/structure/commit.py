#!/usr/bin/env python3
"""Checks cmake/commit.cmake: which commit the header names, and that it is written only when that changed.

Usage: commit.py CMAKE ROOT
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CMAKE, ROOT = sys.argv[1], pathlib.Path(sys.argv[2])


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, text=True, stdout=subprocess.PIPE)
    return done.stdout.strip()


def header(source, *options):
    """Its file, and the commit that it names."""
    file = source.parent / f"{source.name}.hpp"
    subprocess.run([CMAKE, f"-DSOURCE={source}", f"-DHEADER={file}", *options, "-P", ROOT / "cmake/commit.cmake"], check=True)
    return file, re.search(r'kCommit = "(.*)";', file.read_text())[1]


class CommitTest(unittest.TestCase):
    def setUp(self):
        self.place = tempfile.TemporaryDirectory(prefix="inferscale-commit-")
        self.addCleanup(self.place.cleanup)
        self.checkout = pathlib.Path(self.place.name).resolve() / "checkout"
        (self.checkout / "inner").mkdir(parents=True)
        (self.checkout / "inner/file").write_text("one")
        git(self.checkout, "init", "--quiet")
        git(self.checkout, "add", ".")
        git(self.checkout, "commit", "--quiet", "--message", "one")

    def test_names_the_commit_and_whether_files_differ_from_it(self):
        head = git(self.checkout, "rev-parse", "--short=12", "HEAD")
        file, commit = header(self.checkout)
        self.assertEqual(commit, head)
        os.utime(file, (1, 1))
        self.assertEqual(header(self.checkout)[1], head)
        self.assertEqual(file.stat().st_mtime, 1, "written though nothing changed: everything that includes it is compiled")
        (self.checkout / "inner/file").write_text("two")
        self.assertEqual(header(self.checkout)[1], head + "-dirty")

    def test_is_empty_where_the_source_is_no_checkout(self):
        self.assertEqual(header(self.checkout / "inner")[1], "", "a source tarball inside another project's checkout")
        self.assertEqual(header(self.checkout, "-DGIT=/no/git")[1], "")


unittest.main(argv=[sys.argv[0]])
