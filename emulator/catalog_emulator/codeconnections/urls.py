"""Where the service answers, under both of its names."""

from catalog_emulator.codeconnections.responses import CodeConnectionsResponse

url_bases = [
    r"https?://codeconnections\.(.+)\.amazonaws\.com",
    r"https?://codestar-connections\.(.+)\.amazonaws\.com",
]
url_paths = {"{0}/$": CodeConnectionsResponse.dispatch}
