package input

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"cocostat/annotations"
	"cocostat/dataset"
)

// patience is how long somebody waits for the completion of a word.
const patience = 2 * time.Second

// ClassNames returns the names of the classes of annotation files and folders, for
// completion: none where they cannot be read, or not soon.
func ClassNames(paths ...string) []string {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var names []string
	for _, path := range paths {
		if path == "-" {
			continue
		}
		if IsFolder(path) {
			found, err := folderInput(path)
			if err != nil {
				continue
			}
			path = found
		}
		c, err := dataset.Count(ctx, []string{path}, annotations.Options{NoHash: true})
		if err != nil {
			continue
		}
		for _, k := range c.Categories {
			names = append(names, k.Name)
		}
	}
	return names
}

// FileClasses is ClassNames of a command's arguments.
func FileClasses(_ *cobra.Command, args []string) []string { return ClassNames(args...) }
