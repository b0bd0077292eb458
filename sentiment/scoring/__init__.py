"""Scores whole corpora: it reads files of texts and writes files of scores.

`job.score_corpus` is the entry point. Rows are read (`chunks`), scored (`scorer` or
`cluster`), encoded (`formats`) and committed (`partial_output`) in chunks, so memory is
bounded and a run that was killed continues after its last committed chunk.
"""
