#!/usr/bin/env python3
"""The order of a study's repetitions is its seed's: the same in every run, in a dry run too, and over an interruption;
another seed's is another. Usage: order_test.py INFERSCALE"""
import json
import shutil

from program import ProgramTest, main, name_of

SCENARIOS = ["single_micro", "single_short", "batch_short"]


class Order(ProgramTest):
    def setUp(self):
        super().setUp()
        self.write_plan(backends=["null-cpu", "onnxruntime-gpu"], scenarios=SCENARIOS, repetitions=4, device="cpu")

    def dry_run(self, *options):
        return json.loads(self.run_program("study", "--plan", "plan.json", "--dry-run", "--json", *options).stdout)["order"]

    def real_run(self, *options):
        """Rows as they lie in the file: as they came."""
        self.run_program("study", "--plan", "plan.json", *options)
        return [name_of(row) for row in self.rows()]

    def test_two_runs_visit_the_same_cells_in_the_same_order(self):
        order = self.dry_run()
        self.assertEqual(len(order), 24)
        self.assertEqual(self.dry_run(), order)
        self.assertEqual(self.real_run(), order)
        again = self.folder / "again"
        again.mkdir()
        (self.folder / "results").rename(again / "results")
        self.assertEqual(self.real_run(), order)

    def test_options_of_a_backend_that_nobody_has_are_refused(self):
        self.write_plan(backend_options={"null_cpu": {"spin": 1}})
        done = self.run_program("study", "--plan", "plan.json", "--dry-run", code=2)
        self.assertIn("unknown backend 'null_cpu'", done.stderr)

    def test_it_is_shuffled_by_the_seed(self):
        order = self.dry_run()
        other = self.dry_run("--seed", "119")
        self.assertNotEqual(order, sorted(order))
        self.assertNotEqual(order, other)
        self.assertEqual(sorted(order), sorted(other))

    def test_shared_workers_go_round_by_round(self):
        for loads in "1", "3":
            options = "--share-workers", "--parallel-loads", loads
            order = self.dry_run(*options)
            self.assertEqual(sorted(order), sorted(self.dry_run()))
            self.assertEqual(self.real_run(*options), order)
            shutil.rmtree(self.folder / "results")
        rounds = [name[-1] for name in self.dry_run("--share-workers")]
        self.assertEqual(rounds, sorted(rounds))

    def test_repetitions_that_a_resumed_study_adds_keep_the_seeds_order(self):
        fewer = self.real_run("--repetitions", "2")
        whole = self.dry_run()
        self.assertEqual(self.real_run(), fewer + [name for name in whole if name not in fewer])


main()
