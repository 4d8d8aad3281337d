#include "service/jobs/spool.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace face_privacy {

Error no_room() { return {ErrorCode::kTooManyBytes, "there is no room for more clips now"}; }

namespace {

// A full disk is a full spool: there is room again when other files are gone.
tl::unexpected<Error> cannot(const char* what) {
  // NOLINTNEXTLINE(clang-analyzer-unix.Errno): asked only where a call has failed
  if (errno == ENOSPC || errno == EDQUOT) return tl::unexpected(no_room());
  return fail(ErrorCode::kIo, std::string(what) + ": " + std::strerror(errno));
}

// Where the file system has no nameless files: one whose name is gone before anything is written to it.
Descriptor unlinked_file(const std::string& folder) {
  std::string name = folder + "/.face-privacy-XXXXXX";
  Descriptor file(::mkostemp(name.data(), O_CLOEXEC));
  if (file && ::unlink(name.c_str()) != 0) return {};
  return file;
}

Descriptor nameless_file(const std::string& folder) {
  Descriptor file(::open(folder.c_str(), O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
  return file || errno != EOPNOTSUPP ? std::move(file) : unlinked_file(folder);
}

}  // namespace

Result<std::unique_ptr<Spool>> Spool::open(const std::string& folder, std::size_t limit_bytes) {
  std::unique_ptr<Spool> spool(new Spool(folder, limit_bytes));
  if (const auto file = spool->create(); !file) return fail(file);
  return spool;
}

Result<SpooledFile> Spool::create() {
  Descriptor file =
      folder_.empty() ? Descriptor(::memfd_create("clip", MFD_CLOEXEC)) : nameless_file(folder_);
  if (!file) return cannot("no file for a clip can be made");
  return SpooledFile(std::move(file), budget_);
}

std::uint64_t SpooledFile::size_bytes() const {
  struct stat status {};
  return ::fstat(descriptor_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

Result<void> SpooledFile::count_up_to(std::uint64_t size) {
  if (size <= counted_bytes_) return {};
  if (!counted_.try_grow(static_cast<std::size_t>(size - counted_bytes_))) return tl::unexpected(no_room());
  counted_bytes_ = size;
  return {};
}

Result<void> SpooledFile::count() { return count_up_to(size_bytes()); }

Result<void> SpooledFile::append(ByteView bytes) {
  if (auto counted = count_up_to(written_bytes_ + bytes.size()); !counted) return counted;
  while (!bytes.empty()) {
    const ssize_t put =
        ::pwrite(descriptor_.get(), bytes.data(), bytes.size(), static_cast<off_t>(written_bytes_));
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) return cannot("a clip cannot be kept");
    written_bytes_ += static_cast<std::uint64_t>(put);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<void> SpooledFile::crop(std::uint64_t offset, std::uint64_t length) {
  std::array<std::uint8_t, std::size_t{64} << 10> block{};
  written_bytes_ = 0;
  while (written_bytes_ < length) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), length - written_bytes_));
    const std::size_t got =
        offset == 0 ? wanted : read(offset + written_bytes_, std::span(block).first(wanted));
    if (got < wanted) return cannot("a clip cannot be read back");
    if (offset == 0) {
      written_bytes_ = length;
    } else if (auto put = append(ByteView(block).first(got)); !put) {
      return put;
    }
  }
  if (::ftruncate(descriptor_.get(), static_cast<off_t>(length)) != 0) return cannot("a clip cannot be kept");
  return {};
}

std::size_t SpooledFile::read(std::uint64_t offset, std::span<std::uint8_t> room) const {
  std::size_t done = 0;
  while (done < room.size()) {
    const ssize_t got =
        ::pread(descriptor_.get(), room.data() + done, room.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

}  // namespace face_privacy
