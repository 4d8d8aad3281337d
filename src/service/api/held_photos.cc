#include "service/api/held_photos.h"

#include <string.h>
#include <sys/mman.h>

#include <cstring>
#include <utility>

#include "crypto/digest.h"

namespace face_privacy {
namespace {

constexpr std::size_t kTokenBytes = 16;  // 128 random bits, which nobody guesses

}  // namespace

std::shared_ptr<const HeldBytes> HeldBytes::copy(ByteView bytes) {
  if (bytes.empty()) return nullptr;
  void* const data =
      ::mmap(nullptr, bytes.size(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) return nullptr;
  if (::madvise(data, bytes.size(), MADV_DONTDUMP) != 0 ||
      ::madvise(data, bytes.size(), MADV_DONTFORK) != 0) {
    ::munmap(data, bytes.size());
    return nullptr;
  }
  std::memcpy(data, bytes.data(), bytes.size());
  return std::shared_ptr<const HeldBytes>(new HeldBytes(static_cast<std::uint8_t*>(data), bytes.size()));
}

HeldBytes::~HeldBytes() {
  ::explicit_bzero(data_, size_);
  ::munmap(data_, size_);
}

std::optional<std::string> HeldPhotos::hold(ByteView photo, std::string_view holder, Clock::time_point now) {
  if (!is_on() || photo.size() > settings_.max_bytes || settings_.max_photos == 0) return std::nullopt;
  auto copy = HeldBytes::copy(photo);
  if (!copy) return std::nullopt;
  std::vector<Photo> dropped;  // ends after the lock
  const std::lock_guard lock(mutex_);
  dropped = expired(now);
  while (bytes_ + photo.size() > settings_.max_bytes || entries_.size() >= settings_.max_photos) {
    count(Event::kDropped);
    dropped.push_back(take_out(entries_.begin()));
  }
  entries_.push_back({random_hex(kTokenBytes), std::string(holder), std::move(copy), now});
  by_token_.emplace(entries_.back().token, std::prev(entries_.end()));
  bytes_ += photo.size();
  count(Event::kHeld);
  return entries_.back().token;
}

std::shared_ptr<const HeldBytes> HeldPhotos::find(std::string_view token, std::string_view holder,
                                                  Clock::time_point now) {
  std::vector<Photo> old;
  const std::lock_guard lock(mutex_);
  old = expired(now);
  const auto entry = found(token, holder);
  count(entry == entries_.end() ? Event::kMissed : Event::kUsed);
  if (entry == entries_.end()) return nullptr;
  entry->asked_for = now;
  entries_.splice(entries_.end(), entries_, entry);
  return entry->photo;
}

bool HeldPhotos::release(std::string_view token, std::string_view holder, Clock::time_point now) {
  std::vector<Photo> released;
  const std::lock_guard lock(mutex_);
  released = expired(now);
  const auto entry = found(token, holder);
  if (entry == entries_.end()) return false;
  released.push_back(take_out(entry));
  count(Event::kReleased);
  return true;
}

void HeldPhotos::purge(Clock::time_point now) {
  std::vector<Photo> old;
  const std::lock_guard lock(mutex_);
  old = expired(now);
}

void HeldPhotos::clear() {
  Entries all;
  const std::lock_guard lock(mutex_);
  by_token_.clear();
  bytes_ = 0;
  all.swap(entries_);
}

HeldPhotos::Load HeldPhotos::load() const {
  const std::lock_guard lock(mutex_);
  return {entries_.size(), bytes_, events_};
}

HeldPhotos::Photo HeldPhotos::take_out(Entries::iterator entry) {
  Photo photo = std::move(entry->photo);
  bytes_ -= photo->view().size();
  by_token_.erase(entry->token);
  entries_.erase(entry);
  return photo;
}

std::vector<HeldPhotos::Photo> HeldPhotos::expired(Clock::time_point now) {
  std::vector<Photo> old;
  while (!entries_.empty() && entries_.front().asked_for + settings_.life <= now) {
    count(Event::kExpired);
    old.push_back(take_out(entries_.begin()));
  }
  return old;
}

HeldPhotos::Entries::iterator HeldPhotos::found(std::string_view token, std::string_view holder) {
  const auto known = by_token_.find(token);
  if (known == by_token_.end() || known->second->holder != holder) return entries_.end();
  return known->second;
}

}  // namespace face_privacy
