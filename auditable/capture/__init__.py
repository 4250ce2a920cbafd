"""Seeing every write: the INSERT, UPDATE and DELETE statements of audited tables.

All of Django's write paths (`save`, `QuerySet.update`, `bulk_create`, related managers, the
deletion collector, fixtures, the async twins) end in three kinds of statement, executed by three
compiler classes. Capturing there, instead of at each path's own API, leaves no path out.
"""
