"""The search index of this machine, made with tantivy: derived from the catalog's rows, never the truth.

`words` and `document` say what is indexed, `fields` how; `slots` are the trick that keeps a sorted page as cheap in a
million products as in a thousand; `store` knows the directory that all processes share, `writer` fills it, `reader`
keeps the newest `state` of it, from which `pages` and `facets` are answered.
"""
