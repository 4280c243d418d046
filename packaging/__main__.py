"""`python3 -m inferscale`: the program of this package, in place of the interpreter."""
import os
import sys

program = os.path.join(os.path.dirname(os.path.realpath(__file__)), "bin", "inferscale")
os.execv(program, [program, *sys.argv[1:]])
