package commandtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Examples parses every call of a program that the help of its commands shows, and those
// in the blocks of code of Markdown files below root, the top of the tree: subcommands
// and flags are there, and flags take their values. new makes the program anew.
func Examples(t *testing.T, root string, new func() *cobra.Command) {
	t.Helper()
	program, seen := new(), 0
	try := func(from, line string) {
		words := shellWords(line)
		if len(words) == 0 || words[0] != program.Name() {
			return
		}
		seen++
		cmd, rest, err := new().Find(words[1:])
		if err == nil {
			cmd.InitDefaultHelpFlag()
			err = cmd.ParseFlags(rest)
		}
		if err != nil {
			t.Errorf("%s: %s: %v", from, line, err)
		}
	}
	visit(program, func(cmd *cobra.Command) {
		for _, line := range commandLines(cmd.Example) {
			try("help of "+cmd.CommandPath(), line)
		}
	})
	for _, pattern := range []string{"*.md", "docs/*.md", "examples/*.md"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, block := range codeBlocks(string(text)) {
				for _, line := range commandLines(block) {
					try(path, line)
				}
			}
		}
	}
	const least = 30
	if seen < least {
		t.Errorf("%d calls of %s were found, want at least %d", seen, program.Name(), least)
	}
}

func visit(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, sub := range cmd.Commands() {
		visit(sub, do)
	}
}

// codeBlocks returns what stands between lines of three backquotes.
func codeBlocks(markdown string) (blocks []string) {
	for i, part := range strings.Split(markdown, "\n```") {
		if i%2 == 1 {
			_, block, _ := strings.Cut(part, "\n")
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// commandLines returns lines without a prompt, those that end in a backslash joined with
// the next.
func commandLines(text string) []string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		lines = append(lines, strings.TrimPrefix(strings.TrimSpace(line), "$ "))
	}
	return lines
}

// shellWords splits a line as a shell does, up to what is no argument any more: a
// comment, a pipe, a redirection, another command.
func shellWords(line string) (words []string) {
	var word strings.Builder
	quote, begun := rune(0), false
	end := func() {
		if begun {
			words = append(words, word.String())
		}
		word.Reset()
		begun = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, begun = r, true
		case r == ' ' || r == '\t':
			end()
		case strings.ContainsRune("|>&;", r), r == '#' && !begun:
			end()
			return words
		default:
			word.WriteRune(r)
			begun = true
		}
	}
	end()
	return words
}
