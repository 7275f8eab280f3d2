package input

import (
	"archive/zip"
	"path"
	"slices"
	"strings"
)

// SplitMember takes apart the path of a file in a zip archive,
// ARCHIVE.zip:MEMBER. Other paths have no member.
func SplitMember(path string) (archive, member string) {
	const separator = ".zip:"
	i := strings.Index(strings.ToLower(path), separator)
	if i < 0 {
		return path, ""
	}
	return path[:i+len(separator)-1], path[i+len(separator):]
}

// zipMembers lists the files of an archive that may hold annotations, each
// after the prefix; none of what cannot be read.
func zipMembers(archive, prefix string) []string {
	z, err := zip.OpenReader(archive)
	if err != nil {
		return nil
	}
	defer z.Close()
	var out []string
	for _, f := range z.File {
		if slices.Contains([]string{".json", ".gz", ".zst"}, strings.ToLower(path.Ext(f.Name))) && !strings.HasPrefix(f.Name, "__MACOSX/") {
			out = append(out, prefix+f.Name)
		}
	}
	return out
}
