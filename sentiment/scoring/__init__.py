"""Whole corpora: files in, files of scores out.

`job.score_corpus` is the way in. Rows are read, scored and committed in chunks
(`chunks`, `scorer` or `cluster`, `formats`, `partial_output`), so memory is bounded and
a run that was killed goes on where it was.
"""
