// What people corrected: which thresholds it asks for, and as a data set.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "cli/feedback_export.h"
#include "cli/feedback_place.h"
#include "cli/key_files.h"
#include "cli/number_range.h"
#include "cli/output.h"
#include "cli/photo_run.h"
#include "cli/shared_options.h"
#include "report/feedback_json.h"
#include "report/report_json.h"

namespace face_privacy {
namespace {

struct FeedbackArguments {
  std::string file;
  std::optional<double> precision;
  std::string folder;
  std::string key;
  bool json = false;
};

// What the profiles were chosen for, on labelled street photos (docs/detection.md).
double published_precision(const std::string& profile) {
  if (profile == "fast") return 0.786;
  return profile == "thorough" ? 0.563 : 0.646;
}

double wanted_precision(const FeedbackArguments& arguments, const ThresholdStats& stats) {
  return arguments.precision.value_or(published_precision(stats.profile));
}

void print_bins(const ThresholdStats& stats) {
  std::printf("  %-11s %9s %6s %7s %8s %6s %11s\n", "score", "confirmed", "moved", "removed", "right",
              "drawn", "passed over");
  for (const ScoreBin& bin : stats.bins) {
    const int faces = bin.confirmed + bin.moved;
    const int shown = faces + bin.removed;
    if (shown + bin.drawn + bin.passed_over == 0) continue;
    std::printf("  %.2f - %.2f %9d %6d %7d ", bin.from / 100.0, (bin.from + kBinWidth) / 100.0, bin.confirmed,
                bin.moved, bin.removed);
    if (shown > 0) {
      std::printf("%7.0f%%", 100.0 * faces / shown);
    } else {
      std::printf("%8s", "-");
    }
    std::printf(" %6d %11d\n", bin.drawn, bin.passed_over);
  }
  std::printf("  drawn where no candidate was, so that no threshold finds them: %d\n",
              stats.beyond_any_threshold);
}

void print_outcome(const char* name, const std::optional<ThresholdOutcome>& outcome) {
  if (!outcome) return;
  std::printf("  %-9s --min-score %.2f: recall %.3f, precision %.3f (%d faces in %d reports)\n", name,
              outcome->min_score / 100.0, outcome->recall(), outcome->precision(), outcome->faces,
              outcome->reports);
}

void print_stats(const ThresholdStats& stats, double precision) {
  std::printf("profile %s, weights %.12s, %d reports\n", stats.profile.c_str(), stats.model.c_str(),
              stats.reports);
  print_bins(stats);
  print_outcome("in force", stats.at(stats.min_score));
  const auto proposal = stats.proposal(precision);
  print_outcome("proposed", proposal);
  if (!proposal) {
    std::printf(
        "  no proposal: too few boxes (%d are needed), or none of their scores is as good as precision "
        "%.2f\n",
        kFewestBoxes, precision);
  }
  std::printf("\n");
}

int print_all(const FeedbackArguments& arguments, const std::vector<ThresholdStats>& all) {
  if (arguments.json) {
    boost::json::array profiles;
    for (const ThresholdStats& stats : all)
      profiles.push_back(to_json(stats, wanted_precision(arguments, stats)));
    print_json({{"profiles", std::move(profiles)}});
    return status_after_output(kExitDone);
  }
  for (const ThresholdStats& stats : all) print_stats(stats, wanted_precision(arguments, stats));
  std::printf(all.empty()
                  ? "There is no report.\n"
                  : "Proposed: the lowest threshold that keeps the wanted precision (--precision). People "
                    "send in photos that\nneeded a correction, so that these figures are worse than those "
                    "of all photos.\n");
  return status_after_output(kExitDone);
}

// The store, or nothing and what to end with.
std::unique_ptr<FeedbackStore> opened(const FeedbackArguments& arguments, int& status) {
  const auto place = feedback_place(arguments.file);
  if (!place) {
    status = report_error(place.error());
    return nullptr;
  }
  auto store = open_existing_feedback_store(*place);
  if (store) return std::move(*store);
  status = report_error(store.error(), arguments.file);
  return nullptr;
}

int stats_command(const FeedbackArguments& arguments) {
  int status = kExitDone;
  const auto store = opened(arguments, status);
  if (!store) return status;
  std::vector<FeedbackReport> reports;
  const auto read = store->each([&](const StoredReport& stored) { reports.push_back(stored.report); });
  if (!read) return report_error(read.error(), arguments.file);
  return print_all(arguments, threshold_stats(reports));
}

Result<std::optional<CropKey>> read_crop_key(const std::string& file) {
  if (file.empty()) return std::nullopt;
  const auto text = read_secret_text(file);
  if (!text) return fail(text);
  auto key = CropKey::parse(*text);
  if (!key) return fail(key.error().code, file + ": " + key.error().message);
  return std::optional(std::move(*key));
}

int make_crop_key(const std::string& file) {
  const CropKey key = CropKey::generate();
  if (!write_key_pair(file, key.text(), key.seal().text())) return kExitSomeFailed;
  print_line(file + ": keep it secret, away from the service; it opens crops (feedback export --key)");
  print_line(file + ".pub: for the service, which seals crops with it (serve --feedback-key)");
  return status_after_output(kExitDone);
}

int export_command(const FeedbackArguments& arguments) {
  const auto key = read_crop_key(arguments.key);
  if (!key) return report_error(key.error());
  int status = kExitDone;
  const auto store = opened(arguments, status);
  if (!store) return status;
  const auto written = export_feedback(*store, *key, arguments.folder);
  if (!written) return report_error(written.error());
  if (arguments.json) {
    print_json({{"data_set", written->version},
                {"folder", arguments.folder},
                {"reports", written->reports},
                {"crops", written->crops}});
  } else {
    print_line(arguments.folder + ": data set v" + std::to_string(written->version) + ", " +
               std::to_string(written->reports) + " reports, " + std::to_string(written->crops) + " crops");
  }
  return status_after_output(kExitDone);
}

CLI::App* add_part(CLI::App& command, const char* name, const char* meaning,
                   const std::shared_ptr<FeedbackArguments>& arguments) {
  CLI::App* part = command.add_subcommand(name, meaning);
  part->add_option("--feedback", arguments->file,
                   "The file or bucket (s3://BUCKET/PREFIX) of serve --feedback")
      ->required()
      ->envname("FACE_PRIVACY_FEEDBACK");
  part->add_flag("--json", arguments->json, "A JSON object instead");
  return part;
}

}  // namespace

void add_feedback_command(CLI::App& app, Command& chosen) {
  auto arguments = std::make_shared<FeedbackArguments>();
  CLI::App* command = app.add_subcommand("feedback", "What people corrected, as serve --feedback took it");
  command->require_subcommand(1);
  CLI::App* stats = add_part(*command, "stats",
                             "How often boxes are right by their score, and proposed thresholds", arguments);
  stats
      ->add_option("--precision", arguments->precision,
                   "How many of the found faces should be faces (default: what the profile was chosen at)")
      ->check(number_in(0.01, 0.99));
  stats->callback([arguments, &chosen] { chosen = [arguments] { return stats_command(*arguments); }; });
  CLI::App* export_set =
      add_part(*command, "export", "Write all reports as a data set, and mark them as part of it", arguments);
  export_set->add_option("-o,--output", arguments->folder, "A new folder")->required();
  export_set->add_option("--key", arguments->key,
                         "Private key of the crops: also writes them, and a truth.jsonl that eval reads");
  export_set->callback([arguments, &chosen] { chosen = [arguments] { return export_command(*arguments); }; });
  CLI::App* keys = command->add_subcommand("key", "Keys that crops are sealed to");
  keys->require_subcommand(1);
  CLI::App* make = keys->add_subcommand("new", "Make a key: FILE, and FILE.pub for the service");
  auto path = std::make_shared<std::string>();
  make->add_option("file", *path, "Where to write the private key; must not exist")->required();
  make->callback([path, &chosen] { chosen = [path] { return make_crop_key(*path); }; });
  command->footer(
      "Examples:\n"
      "  face-privacy serve --feedback feedback.db\n"
      "  face-privacy feedback stats --feedback feedback.db --precision 0.8\n"
      "  face-privacy feedback export --feedback feedback.db -o set-1\n"
      "\n"
      "stats and export work while the service runs. docs/feedback.md says what a report holds.");
}

}  // namespace face_privacy
