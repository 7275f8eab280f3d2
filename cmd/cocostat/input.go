package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"cocostat/annotations"
	"cocostat/internal/cli"
	"cocostat/internal/layout"
	"cocostat/internal/progress"
)

// input is what the commands that count annotations have in common.
type input struct {
	streams cli.Streams
	paths   []string
	noCrowd bool
}

func (in *input) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&in.noCrowd, "no-crowd", false, "leave crowd annotations (iscrowd) out of the counts")
}

// completeAnnotations completes an argument with annotation files and folders.
func completeAnnotations(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"json", "gz", "zst"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeFlags completes the values of flags that know all of theirs.
func completeFlags(cmd *cobra.Command, values map[string][]string) {
	for flag, names := range values {
		complete := cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp)
		// The only possible error is an unknown flag name.
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err)
		}
	}
}

// find puts the training annotations in the place of each folder, and says so.
// No file may be given twice: its annotations would count twice.
func (in *input) find() error {
	if first := slices.Index(in.paths, "-"); first >= 0 && slices.Contains(in.paths[first+1:], "-") {
		return cli.Usagef(`"-" is given twice: standard input can be read once`)
	}
	for i, path := range in.paths {
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			continue // what cannot be read is an error when it is opened
		}
		file, err := layout.Train(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(in.streams.Err, "reading %s\n", file)
		in.paths[i] = file
	}
	for i, path := range in.paths {
		for _, other := range in.paths[:i] {
			if sameFile(path, other) {
				return cli.Usagef("%s and %s are the same file, whose annotations would count twice", other, path)
			}
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// count counts the annotations and shows how far it has come.
func (in *input) count(ctx context.Context) (*annotations.Counts, error) {
	line := progress.New(in.streams.Err, cli.IsTerminal(in.streams.Err))
	defer line.Done()
	return annotations.Count(ctx, in.paths, annotations.Options{
		NoCrowd:  in.noCrowd,
		Stdin:    in.streams.In,
		Progress: readProgress(line),
	})
}

// readProgress shows how much of the current file has been read. Files are
// read one after the other.
func readProgress(line *progress.Line) func(path string, read, size int64) {
	start, current := time.Now(), ""
	return func(path string, read, size int64) {
		if path != current {
			start, current = time.Now(), path
		}
		line.Update(func() string {
			mb := float64(read) / 1e6
			speed := mb / time.Since(start).Seconds()
			if size == 0 {
				return fmt.Sprintf("reading %s: %.0f MB, %.0f MB/s", path, mb, speed)
			}
			return fmt.Sprintf("reading %s: %d%% of %.0f MB, %.0f MB/s", path, 100*read/max(size, read), float64(size)/1e6, speed)
		})
	}
}
