import sys
from http.client import HTTPConnection

address, path = sys.argv[1:]
connection = HTTPConnection(address, timeout=8)
connection.request("HEAD", path)
sys.exit(connection.getresponse().status >= 400)
