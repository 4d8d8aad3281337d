// Writes the items of a picture as a file of its own, ISO/IEC 23008-12.
#pragma once

#include <map>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace face_privacy {

struct HeifNewProperty {
  std::size_t source = 0;  // written once for each number
  ByteView box;
  bool essential = false;
};

struct HeifNewItem {
  std::string_view type;
  Bytes bytes;
  std::vector<HeifNewProperty> properties;
  bool is_hidden = false;
  std::string_view content_type = {};  // of type "mime"
};

class HeifWriter {
 public:
  // At most 65,535 items; the index, from 0.
  std::size_t add(HeifNewItem item);
  HeifNewItem& item(std::size_t index) { return items_[index]; }
  void refer(std::string_view type, std::size_t from, std::vector<std::size_t> to);

  Bytes write(std::size_t primary) const;

 private:
  class Writing;
  struct Reference {
    std::string_view type;
    std::size_t from;
    std::vector<std::size_t> to;
  };
  std::vector<HeifNewItem> items_;
  std::vector<Reference> references_;
};

}  // namespace face_privacy
