package annotations

import (
	"context"

	"cocostat/internal/source"
)

// Text is the text of an annotation file, decompressed, for a reader of its own.
type Text struct{ *source.Text }

// Open opens the text of an annotation file: a path, "-" for standard input,
// ARCHIVE.zip:MEMBER for a file in an archive; gzip, zstd and zip are recognised
// by their content. Of the options, Stdin, Progress and NoHash matter; Progress
// may be called until Close returns.
func Open(ctx context.Context, path string, opt Options) (*Text, error) {
	text, err := source.Open(ctx, path, source.Options{Progress: opt.Progress, NoHash: opt.NoHash, Stdin: opt.Stdin})
	if err != nil {
		return nil, err
	}
	return &Text{text}, nil
}

// Source reads what is left of the stored bytes and describes the file.
func (t *Text) Source() (Source, error) {
	stored, err := t.Stored()
	return Source(stored), err
}
