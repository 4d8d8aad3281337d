#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/key_files.h"
#include "cli/output.h"
#include "cli/photo_run.h"
#include "receipt/keys.h"

namespace face_privacy {
namespace {

int make_signing_key(const std::string& path) {
  const SigningKey key = SigningKey::generate();
  if (!write_key_pair(path, key.pem(), key.public_key().pem())) return kExitSomeFailed;
  print_line(path + ": keep it secret; receipts are signed with it (--signing-key)");
  print_line(path + ".pub: give it to whoever checks receipts (verify --key)");
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
  make->callback([path, &chosen] { chosen = [path] { return make_signing_key(*path); }; });
}

}  // namespace face_privacy
