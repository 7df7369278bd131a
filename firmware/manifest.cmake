# Writes what a record must say about a firmware image, beside the image; run by cmake -P.
# Never a date, a user or a path: the same sources give the same manifest.
file(READ ${MODEL} manifest)
file(SHA256 ${IMAGE} sha256)
string(REPLACE ";" " " FLAGS "${FLAGS}")
foreach(entry "name=${NAME}" "mode=${MODE}" "mcu=${MCU}" "compiler=${COMPILER}" "flags=${FLAGS}"
    "commit=${COMMIT}" "sha256=${sha256}")
  string(REGEX MATCH "^([^=]*)=(.*)$" matched "${entry}")
  set(key "${CMAKE_MATCH_1}")
  string(REGEX REPLACE "([\\\\\"])" "\\\\\\1" value "${CMAKE_MATCH_2}")
  string(JSON manifest SET "${manifest}" "${key}" "\"${value}\"")
endforeach()
file(WRITE ${OUT} "${manifest}\n")
