#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/names.h"
#include "cli/output.h"
#include "cli/photo_run.h"
#include "cli/shared_options.h"
#include "receipt/keys.h"

namespace face_privacy {
namespace {

// A new file, whole or not at all; one that is there stays.
bool write_new_file(const std::string& path, const std::string& text, mode_t mode) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
  if (file < 0) return false;
  const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool closed = ::close(file) == 0;
  if (!written || !closed) ::unlink(path.c_str());
  return written && closed;
}

int make_key(const std::string& path) {
  const SigningKey key = SigningKey::generate();
  const std::string public_path = path + ".pub";
  if (!write_new_file(path, key.pem(), 0600)) {
    print_error(path, "cannot be written, or is there already");
    return kExitSomeFailed;
  }
  if (!write_new_file(public_path, key.public_key().pem(), 0644)) {
    ::unlink(path.c_str());
    print_error(public_path, "cannot be written, or is there already");
    return kExitSomeFailed;
  }
  print_line(path + ": keep it secret; receipts are signed with it (--signing-key)");
  print_line(public_path + ": give it to whoever checks receipts (verify --key)");
  print_line("key id " + key.public_key().id());
  return status_after_output(kExitDone);
}

}  // namespace

void add_key_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("key", "Keys that receipts are signed with");
  command->require_subcommand(1);
  CLI::App* make =
      command->add_subcommand("new", "Make a key: FILE, and FILE.pub for whoever checks receipts");
  auto path = std::make_shared<std::string>();
  make->add_option("file", *path, "Where to write the private key; must not exist")->required();
  make->callback([path, &chosen] { chosen = [path] { return make_key(*path); }; });
}

}  // namespace face_privacy
