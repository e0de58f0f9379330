"""The parts of `verify.py`, in their order: each may use those before it, and nothing else of Dialtrail.

They are put one after the other into one file, without their imports of each other: so no two may define the same name.
What a bundle derives from its events, it makes by these parts, too; whoever verifies it makes it again, and compares.
"""
