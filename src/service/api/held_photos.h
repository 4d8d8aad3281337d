// Photos that a client may ask about again without sending them anew: where the operator has it so, in
// memory, for minutes. Their bytes are never read here.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"

namespace face_privacy {

// A copy of some bytes that is in no core dump and in no forked process, and is overwritten at its end.
class HeldBytes {
 public:
  // Null where there is no memory for it.
  static std::shared_ptr<const HeldBytes> copy(ByteView bytes);
  ~HeldBytes();
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;

  ByteView view() const { return {data_, size_}; }

 private:
  HeldBytes(std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}

  std::uint8_t* data_;
  std::size_t size_;
};

// Thread-safe.
class HeldPhotos {
 public:
  using Clock = std::chrono::steady_clock;
  struct Settings {
    std::chrono::milliseconds life{0};  // since a photo was last asked for; 0: none is held
    std::size_t max_bytes = 0;          // of all together
    std::size_t max_photos = 1000;
  };
  // What has become of photos; in the order of kEventNames.
  enum class Event : std::uint8_t { kHeld, kUsed, kMissed, kExpired, kDropped, kReleased };
  static constexpr std::array<std::string_view, 6> kEventNames{"held",    "used",    "missed",
                                                               "expired", "dropped", "released"};
  struct Load {
    std::size_t photos = 0;
    std::size_t bytes = 0;
    std::array<std::uint64_t, kEventNames.size()> events{};  // since the start
  };

  explicit HeldPhotos(Settings settings) : settings_(settings) {}

  bool is_on() const { return settings_.life.count() > 0; }

  // The token under which a copy of `photo` can be asked for by `holder`, the name of an API key or empty.
  // Nothing where it is not held. Makes room by letting go of what was not asked for the longest.
  std::optional<std::string> hold(ByteView photo, std::string_view holder, Clock::time_point now);

  // Null for what is not here, or no longer, or another holder's: one cannot tell which.
  std::shared_ptr<const HeldBytes> find(std::string_view token, std::string_view holder,
                                        Clock::time_point now);

  // Lets go of it before its time. False as `find` is null.
  bool release(std::string_view token, std::string_view holder, Clock::time_point now);

  // Lets go of what has had its time.
  void purge(Clock::time_point now);
  void clear();

  Load load() const;

 private:
  using Photo = std::shared_ptr<const HeldBytes>;
  struct Entry {
    std::string token;
    std::string holder;
    Photo photo;
    Clock::time_point asked_for;
  };
  using Entries = std::list<Entry>;  // what was asked for last is at the end

  void count(Event event) { ++events_[static_cast<std::size_t>(event)]; }
  Photo take_out(Entries::iterator entry);
  // What had its time; overwritten by whoever lets go of it, when no lock is held.
  std::vector<Photo> expired(Clock::time_point now);
  Entries::iterator found(std::string_view token, std::string_view holder);

  const Settings settings_;
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_token_;  // keys lie in the entries
  std::size_t bytes_ = 0;
  std::array<std::uint64_t, kEventNames.size()> events_{};
};

}  // namespace face_privacy
