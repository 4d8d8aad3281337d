// libav's input and output on a file descriptor, and on nothing else: no protocol, no other file.
#pragma once

#include "media/libav.h"

namespace face_privacy {

// One reader or writer of a file that can be sought in. The descriptor stays the caller's; several may be on
// one descriptor, as each keeps its own place.
class FileIo {
 public:
  enum class Direction { kRead, kWrite };
  FileIo(int descriptor, Direction direction);
  ~FileIo();
  FileIo(const FileIo&) = delete;
  FileIo& operator=(const FileIo&) = delete;

  AVIOContext* context() { return context_.get(); }
  std::int64_t size() const;  // bytes, -1 if it cannot be told

 private:
  static int read(void* self, std::uint8_t* bytes, int count);
  static int write(void* self, std::uint8_t* bytes, int count);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);

  int descriptor_;
  std::int64_t place_ = 0;
  UniqueIo context_;
};

// For AVFormatContext::io_open: whatever a file names, it is not opened.
int refuse_to_open(AVFormatContext* context, AVIOContext** io, const char* url, int flags,
                   AVDictionary** options);

}  // namespace face_privacy
