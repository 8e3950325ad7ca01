"""Files in and out: spreadsheets, geodata, documents; bytes to values and back.

Imports ``domain`` alone; knows neither HTTP nor SQL.
What a file says wrongly is reported with its row, never dropped.
"""
