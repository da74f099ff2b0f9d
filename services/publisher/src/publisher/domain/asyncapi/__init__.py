"""AsyncAPI documents (2.x and 3.x) as far as the platform reads them: texts in, channels with the schemas of their
messages out.
"""
