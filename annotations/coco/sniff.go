package coco

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"

	"cocostat/annotations"
	"cocostat/internal/filekind"
	"cocostat/internal/jsontext"
)

// failFormat records that a text is no annotation file, because of what stands at
// position pos of the window, and returns false.
func failFormat(l *jsontext.Lexer, pos int, format string, args ...any) bool {
	return l.Stop(formatError(l, pos, fmt.Sprintf(format, args...)))
}

func formatError(l *jsontext.Lexer, pos int, msg string) error {
	e := &annotations.FormatError{File: l.Name(), Msg: msg}
	e.Offset, e.Line, e.Column = l.Place(pos)
	return e
}

var (
	html       = regexp.MustCompile(`(?i)^(<!doctype html|<html|<head|<body)`)
	yolo       = regexp.MustCompile(`^\d+([ \t]+-?\d*\.?\d+([eE][-+]?\d+)?){4,}\s*(\n|$)`)
	yoloConfig = regexp.MustCompile(`^(path|train|val|test|nc|names)[ \t]*:`)
	elements   = regexp.MustCompile(`^\[\s*\{[^{}]*"(image_id|bbox|file_name)"`)
)

// sniff moves to the opening brace of the text, or says what the text is
// instead of an annotation file.
func sniff(l *jsontext.Lexer) bool {
	text, ok := l.Begin()
	if !ok {
		return false
	}
	c := l.Next()
	if c == '{' && !isUTF16(text) || l.Err() != nil {
		return l.Err() == nil
	}
	rest := beginning(l)
	const coco = "expected a COCO-format annotation file, a JSON object with images, annotations and categories, or a dataset of another format that is known"
	is := func(what string) bool { return failFormat(l, l.Pos, "%s; %s", what, coco) }
	if what := foreign(l, text, rest); what != "" {
		return is(what)
	}
	switch {
	case c == '[' && bytes.Contains(rest, []byte(`"score"`)):
		return is("this is a list of COCO detection results, not ground truth: give the annotation file that the detections belong to")
	case elements.Match(rest):
		return is("this is a bare list: put it into an object, beside the other lists")
	case c == '[':
		return is("this is a JSON list")
	case yoloConfig.Match(rest):
		return is("this is the description of a YOLO dataset: give it by its path, which ends in .yaml, so that the labels are found")
	case yolo.Match(rest):
		return is("this is YOLO text, the labels of one image: give the folder of the dataset, or its data.yaml")
	case c != '"' && named(rest) != "":
		return is(named(rest))
	case c == '"' || c == '-' || '0' <= c && c <= '9' || c == 't' || c == 'f' || c == 'n':
		return is("this does not start with an object")
	}
	return l.Fail("expected '{', found %s; %s", l.Found(), coco)
}

// foreign says what a text is, if that is neither annotations nor results nor
// any JSON; rest is what follows its leading spaces.
func foreign(l *jsontext.Lexer, text, rest []byte) string {
	switch {
	case len(rest) == 0 && l.Offset() == 0 && len(text) == 0:
		return "the file is empty"
	case len(rest) == 0:
		return "the file holds nothing but spaces"
	case isUTF16(text):
		return "this is UTF-16 text: convert it to UTF-8, for instance with iconv"
	case bytes.HasPrefix(rest, []byte("PK\x03\x04")):
		return "this is a zip archive, which cannot be read as a stream: give the path of the file"
	case bytes.HasPrefix(rest, []byte("version https://git-lfs")):
		return "this is a Git LFS pointer, not the file: fetch it with git lfs pull"
	case html.Match(rest):
		return "this is an HTML page, perhaps an error page that was saved in place of the download: fetch the file again"
	case rest[0] == '<':
		return named(rest)
	}
	return ""
}

// named says what a file is that begins so, as far as it is known, and where it may
// go.
func named(head []byte) string {
	is := filekind.Of(head)
	switch {
	case is == "":
		return ""
	case is == "an Arrow file" || is == "a Parquet file":
		return "this is " + is + " and none of boxes: of the tables that 'cocostat analyze -o' writes give the folder; weights files are read by convert, groups, schedule and train"
	case is == "YAML":
		return "this is YAML: of that, descriptions of YOLO datasets are read, which name train and the classes"
	case strings.HasPrefix(is, "a table"):
		return "this is " + is + ": 'cocostat weights' takes tables of counts; tables of boxes are Open Images', with ImageID, LabelName, XMin, XMax, YMin, YMax"
	case strings.HasSuffix(is, "image"):
		return "this is " + is + ": give the annotations of the dataset"
	}
	return "this is " + is
}

// beginning is what of the text is looked at, from Pos on.
func beginning(l *jsontext.Lexer) []byte {
	rest := l.Rest()
	return rest[:min(len(rest), maxToken)]
}

// isUTF16 reports whether a text begins with the mark of UTF-16, or with a
// character of ASCII in it, as all JSON does.
func isUTF16(text []byte) bool {
	return bytes.HasPrefix(text, []byte("\xff\xfe")) || bytes.HasPrefix(text, []byte("\xfe\xff")) ||
		len(text) > 1 && (text[0] == 0) != (text[1] == 0)
}

// trailer checks that nothing follows the top-level object. known tells whether
// that object held one of the three lists.
func trailer(l *jsontext.Lexer, known bool) bool {
	switch c := l.Next(); {
	case l.Err() != nil:
		return false
	case l.AtEnd():
		return true
	case c == '{' && !known:
		return failFormat(l, l.Pos, "a second JSON object follows the first: this is JSON lines, not a COCO-format annotation file")
	}
	return l.Fail("expected the end of the file after the top-level object, found %s", l.Found())
}

// sniffResults moves to the opening bracket or brace of the text, or says what
// the text is instead of a results file.
func sniffResults(l *jsontext.Lexer) bool {
	text, ok := l.Begin()
	if !ok {
		return false
	}
	c := l.Next()
	if (c == '[' || c == '{') && !isUTF16(text) || l.Err() != nil {
		return l.Err() == nil
	}
	if what := foreign(l, text, beginning(l)); what != "" {
		return failFormat(l, l.Pos, "%s; %s", what, wantResults)
	}
	if is := filekind.Of(beginning(l)); is != "" {
		return failFormat(l, l.Pos, "this is %s; %s", is, wantResults)
	}
	return l.Fail("expected '[', found %s; %s", l.Found(), wantResults)
}
