"""What can be known of an engine before a sweep begins: is its library here, does it answer?"""
