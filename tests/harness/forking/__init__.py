"""Starts Python programs of the shops under test as forks of one process that has read the libraries already.

Reading the libraries is two thirds of what a start costs, and the black-box tests start some three hundred processes.
The project's own code, its settings among it, is read by each fork anew, as in any other start. How the programs start
where nobody prepared them is what `tests/start` shows.
"""
