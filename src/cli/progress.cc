#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

namespace face_privacy {
namespace {

constexpr int kBarWidth = 24;

std::string clock_text(double seconds) {
  const long whole = std::lround(seconds);
  char text[32];
  std::snprintf(text, sizeof text, "%ld:%02ld", whole / 60, whole % 60);
  return text;
}

}  // namespace

Progress::Progress(int photo_count)
    : visible_(photo_count > 1 && ::isatty(STDERR_FILENO) != 0), photo_count_(photo_count) {
  const std::lock_guard lock(mutex_);
  draw();
}

Progress::~Progress() { clear(); }

void Progress::photo_done(int face_count) {
  const std::lock_guard lock(mutex_);
  ++done_;
  faces_ += face_count;
  draw();
}

void Progress::clear() {
  if (visible_) std::fputs("\r\033[K", stderr);
}

void Progress::draw() {
  if (!visible_) return;
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const int filled = photo_count_ > 0 ? kBarWidth * done_ / photo_count_ : kBarWidth;
  const std::string bar(static_cast<std::size_t>(filled), '#');
  std::fprintf(stderr, "\r\033[K[%-*s] %d/%d photos, %d faces", kBarWidth, bar.c_str(), done_, photo_count_,
               faces_);
  if (done_ > 0 && done_ < photo_count_) {
    const double rate = done_ / std::max(elapsed, 1e-3);
    std::fprintf(stderr, ", %.1f/s, %s left", rate, clock_text((photo_count_ - done_) / rate).c_str());
  }
  std::fflush(stderr);
}

}  // namespace face_privacy
