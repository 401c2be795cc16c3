"""The types of search attributes, apart from the client library, which takes long to load."""

from enum import StrEnum


class SearchAttributeType(StrEnum):
    """The types by which a server indexes values that runs are searched by."""

    TEXT = "Text"
    KEYWORD = "Keyword"
    INT = "Int"
    DOUBLE = "Double"
    BOOL = "Bool"
    DATETIME = "Datetime"
    KEYWORD_LIST = "KeywordList"
