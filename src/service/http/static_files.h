#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "service/http/http_message.h"

namespace face_privacy {

// The files of a folder, read once at the start: no request ever reaches the file system, so no path
// can leave the folder.
class StaticFiles {
 public:
  StaticFiles() = default;  // none

  // Hidden files and links that lead out of the folder are left out. `content_security_policy` goes
  // with HTML files and scripts, of which one may be a worker. kIo where there is no index.html.
  static Result<StaticFiles> load(const std::string& folder, std::string content_security_policy);

  bool empty() const { return files_.empty(); }

  // What a request says of what it takes; as in its headers.
  struct Terms {
    std::optional<std::string_view> if_none_match;
    std::optional<std::string_view> accept_encoding;
  };

  // `name` is relative to the folder; "" is index.html. Nothing where there is no such file.
  // 304 where `if_none_match` holds the entity tag. Where the folder has the file compressed beside it
  // (name.br, name.gz), that is sent to those who take it; it has no address of its own.
  std::optional<Response> find(std::string_view name, const Terms& terms) const;

 private:
  struct Compressed {
    std::string_view coding;
    std::shared_ptr<const std::string> content;
  };
  struct File {
    std::shared_ptr<const std::string> content;
    std::string_view media_type;
    std::string entity_tag;
    std::string_view cache_control;
    bool is_page = false;
    std::vector<Compressed> compressed;  // the best first
  };
  static Response answer(const File& file, const Terms& terms);
  void put_compressed_beside();

  std::unordered_map<std::string, File> files_;
  std::string content_security_policy_;
};

}  // namespace face_privacy
