"""The behaviour suite: what a classifier of verdicts has to be able to do, beside being right.

After CheckList (Ribeiro et al., ACL 2020). Texts and templates are in `suite.json`,
written for this project.
"""
