//! What the examples of `--help` say is what can be said.

use clap::{Command, CommandFactory, Parser};

use super::Args;

/// The commands below the word "Example", with lines that go on joined and what is not for us left out.
fn examples(help: &str) -> Vec<String> {
    let lines = help.replace("\\\n", " ");
    let commands = lines.lines().filter(|line| line.trim_start().starts_with("erbij "));
    commands.map(|line| line.split(['|', '(']).next().expect("a first part").trim().to_owned()).collect()
}

/// The words of a command, where quotes hold a word together.
fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect()
}

/// Parses the examples of a command and of those below it; how many there were.
fn parse_all(command: &Command) -> usize {
    let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let examples = examples(&help);
    for example in &examples {
        if let Err(error) = Args::try_parse_from(words(example)) {
            panic!("`{example}` of `{} --help` is refused: {error}", command.get_name());
        }
    }
    examples.len() + command.get_subcommands().map(parse_all).sum::<usize>()
}

#[test]
fn each_example_of_help_is_understood() {
    let n_examples = parse_all(&Args::command());
    assert!(45 <= n_examples, "only {n_examples} were found");
}

#[test]
fn each_command_has_an_example() {
    for command in Args::command().get_subcommands().filter(|command| !command.has_subcommands()) {
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(!examples(&help).is_empty(), "`{} --help` has none", command.get_name());
    }
}
