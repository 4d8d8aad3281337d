#include "media/file_io.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace face_privacy {
namespace {

constexpr int kBufferBytes = 64 << 10;

}  // namespace

FileIo::FileIo(int descriptor, Direction direction) : descriptor_(descriptor) {
  auto* buffer = static_cast<unsigned char*>(or_bad_alloc(av_malloc(kBufferBytes)));
  const bool writes = direction == Direction::kWrite;
  context_.reset(avio_alloc_context(buffer, kBufferBytes, writes ? 1 : 0, this, writes ? nullptr : read,
                                    writes ? write : nullptr, seek));
  if (context_ == nullptr) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

FileIo::~FileIo() = default;

std::int64_t FileIo::size() const {
  struct stat status {};
  return ::fstat(descriptor_, &status) == 0 ? status.st_size : -1;
}

int FileIo::read(void* self, std::uint8_t* bytes, int count) {
  auto& file = *static_cast<FileIo*>(self);
  for (;;) {
    const ssize_t got = ::pread(file.descriptor_, bytes, static_cast<std::size_t>(count), file.place_);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return AVERROR(errno);
    if (got == 0) return AVERROR_EOF;
    file.place_ += got;
    return static_cast<int>(got);
  }
}

int FileIo::write(void* self, std::uint8_t* bytes, int count) {
  auto& file = *static_cast<FileIo*>(self);
  for (int done = 0; done < count;) {
    const ssize_t put =
        ::pwrite(file.descriptor_, bytes + done, static_cast<std::size_t>(count - done), file.place_);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return AVERROR(errno);
    file.place_ += put;
    done += static_cast<int>(put);
  }
  return count;
}

std::int64_t FileIo::seek(void* self, std::int64_t offset, int whence) {
  auto& file = *static_cast<FileIo*>(self);
  const int from = whence & ~AVSEEK_FORCE;
  if (from == AVSEEK_SIZE) return file.size();
  const std::int64_t base = from == SEEK_CUR ? file.place_ : from == SEEK_END ? file.size() : 0;
  if (base < 0 || offset < -base) return AVERROR(EINVAL);
  file.place_ = base + offset;
  return file.place_;
}

int refuse_to_open(AVFormatContext* /*context*/, AVIOContext** /*io*/, const char* /*url*/, int /*flags*/,
                   AVDictionary** /*options*/) {
  return AVERROR(EACCES);
}

}  // namespace face_privacy
