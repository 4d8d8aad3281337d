#include "worker/shared_bytes.h"

#include <fcntl.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace face_privacy {
namespace {

constexpr int kSizeSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;
constexpr int kAllSeals = kSizeSeals | F_SEAL_WRITE;

Descriptor new_memory() { return Descriptor(::memfd_create("photo", MFD_CLOEXEC | MFD_ALLOW_SEALING)); }

bool write_all(int descriptor, ByteView bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// Its size; nothing where it lacks one of `seals`.
std::optional<std::size_t> size_of_sealed(const Descriptor& shared, int seals) {
  const int has = ::fcntl(shared.get(), F_GET_SEALS);
  struct stat status {};
  if (has < 0 || (has & seals) != seals || ::fstat(shared.get(), &status) != 0) return std::nullopt;
  return static_cast<std::size_t>(status.st_size);
}

}  // namespace

Descriptor share_bytes(ByteView bytes) {
  Descriptor shared = new_memory();
  if (!shared || !write_all(shared.get(), bytes)) return {};
  if (::fcntl(shared.get(), F_ADD_SEALS, kAllSeals) != 0) return {};
  return shared;
}

void HandedBytes::Release::operator()(const std::uint8_t* bytes) const noexcept {
  auto* const memory = const_cast<std::uint8_t*>(bytes);
  if (is_mapped) {
    ::munmap(memory, size);
    return;
  }
  ::explicit_bzero(memory, size);
  delete[] memory;
}

std::optional<HandedBytes> HandedBytes::map(const Descriptor& shared) {
  const auto size = size_of_sealed(shared, kAllSeals);
  if (!size) return std::nullopt;
  HandedBytes mapped;
  if (*size == 0) return mapped;
  // Private, as kernels before 6.7 take any shared mapping for one that may be written to.
  void* const data = ::mmap(nullptr, *size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, shared.get(), 0);
  if (data == MAP_FAILED) return std::nullopt;
  mapped.bytes_ = {static_cast<const std::uint8_t*>(data), Release{*size, true}};
  return mapped;
}

HandedBytes HandedBytes::copy_of(ByteView bytes) {
  auto* const memory = new std::uint8_t[bytes.size()];
  std::copy(bytes.begin(), bytes.end(), memory);
  HandedBytes copy;
  copy.bytes_ = {memory, Release{bytes.size(), false}};
  return copy;
}

void SharedArea::Unmap::operator()(std::uint8_t* bytes) const noexcept { ::munmap(bytes, size); }

std::optional<SharedArea> SharedArea::make(std::size_t size) {
  Descriptor shared = new_memory();
  if (!shared || ::ftruncate(shared.get(), static_cast<off_t>(size)) != 0) return std::nullopt;
  if (::fcntl(shared.get(), F_ADD_SEALS, kSizeSeals) != 0) return std::nullopt;
  auto area = map(shared);
  if (area) area->shared_ = std::move(shared);
  return area;
}

std::optional<SharedArea> SharedArea::map(const Descriptor& shared) {
  const auto size = size_of_sealed(shared, kSizeSeals);
  if (!size || *size == 0) return std::nullopt;
  void* const data = ::mmap(nullptr, *size, PROT_READ | PROT_WRITE, MAP_SHARED, shared.get(), 0);
  if (data == MAP_FAILED) return std::nullopt;
  SharedArea area;
  area.bytes_ = {static_cast<std::uint8_t*>(data), Unmap{*size}};
  return area;
}

}  // namespace face_privacy
