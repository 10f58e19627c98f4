# Run by nox -s mutate (Python 3.9 upward, in the tests' environment).
"""Mutation testing: would the tests notice a small mistake in our own code?"""
