use super::*;

/// The students as `seat name|id|email|group`.
fn students(bytes: &[u8]) -> Vec<String> {
    let show = |student: Student| {
        let or = |field: Option<String>| field.unwrap_or_else(|| "-".to_owned());
        let Student { seat, name, id, email, group } = student;
        format!("{seat} {name}|{}|{}|{}", or(id), or(email), or(group))
    };
    read(bytes).unwrap().students.into_iter().map(show).collect()
}

fn names(text: &str) -> Vec<String> {
    read(text.as_bytes()).unwrap().students.into_iter().map(|student| student.name).collect()
}

fn errors(text: &str) -> Vec<String> {
    read(text.as_bytes()).unwrap_err().to_string().lines().map(str::to_owned).collect()
}

#[test]
fn a_file_of_each_kind_is_read() {
    let plain = "Nama Lengkap;NIM;Surel;Kelompok\r\nSiti Aminah;001;siti@example.org;A\r\nBudi;002;;\r\n";
    let expected = ["s01 Siti Aminah|001|siti@example.org|A", "s02 Budi|002|-|-"];
    assert_eq!(students(plain.as_bytes()), expected);
    let marked = [b"\xef\xbb\xbf", plain.as_bytes()].concat();
    assert_eq!(students(&marked), expected);
    let wide: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(plain.replace(';', "\t").encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(students(&wide), expected);
    assert_eq!(students(b"name\nJos\xe9\n"), ["s01 José|-|-|-"]);
    assert_eq!(students(b"sep=;\r\nname;id\r\n\"Lovelace, Ada\";1\r\n"), ["s01 Lovelace, Ada|1|-|-"]);
}

#[test]
fn headings_are_known_in_two_languages() {
    for heading in [
        "name",
        "NAMA",
        " Full Name ",
        "nama lengkap",
        "Student",
        "siswa",
        "Mahasiswa",
        "\u{feff}peserta",
        "Nama_Siswa",
    ] {
        assert_eq!(names(&format!("{heading}\nAda\n")), ["Ada"], "{heading}");
    }
    for heading in [
        "id",
        "ID number",
        "NIM",
        "NIS",
        "NISN",
        "NPM",
        "Student ID",
        "username",
        "Login",
        "SIS Login ID",
        "No. Induk",
    ] {
        let read = read(format!("x,{heading},name\n7,007,Ada\n").as_bytes()).unwrap();
        assert_eq!(read.students[0].id.as_deref(), Some("007"), "{heading}");
        assert_eq!(
            (read.read, read.left_out),
            (vec![heading.to_owned(), "name".to_owned()], vec!["x".to_owned()])
        );
    }
    for heading in ["email", "E-Mail", "Email address", "mail", "Surel"] {
        assert_eq!(students(format!("name\t{heading}\nAda\ta@b.c\n").as_bytes()), ["s01 Ada|-|a@b.c|-"]);
    }
    for heading in ["Group", "kelompok", "Team", "TIM"] {
        assert_eq!(
            students(format!("{heading},name\n=,Ada\n").replace('=', "1").as_bytes()),
            ["s01 Ada|-|-|1"]
        );
    }
}

#[test]
fn exports_of_learning_platforms_are_read() {
    let moodle = "\u{feff}\"First name\",\"Last name\",\"ID number\",\"Email address\"\n\
                  Ada,Lovelace,7,ada@example.org\nSukarno,-,8,s@example.org\n";
    assert_eq!(
        students(moodle.as_bytes()),
        ["s01 Ada Lovelace|7|ada@example.org|-", "s02 Sukarno|8|s@example.org|-"]
    );
    let canvas = "Student,ID,SIS User ID,SIS Login ID,Section\n\"Lovelace, Ada\",991,u7,ada,K1\n";
    assert_eq!(students(canvas.as_bytes()), ["s01 Lovelace, Ada|u7|-|-"]);
    assert_eq!(names("Nama Depan;Nama Belakang\nSiti;Aminah\n"), ["Siti Aminah"]);
    assert_eq!(names("Surname,Name\nLovelace,Ada\n"), ["Ada Lovelace"]);
    assert_eq!(names("Surname,First name,Full name\nLovelace,Ada,Ada L.\n"), ["Ada L."]);
}

#[test]
fn a_column_without_a_heading_is_names() {
    assert_eq!(students(b"Ada\n\n  \nBob  B.\n"), ["s01 Ada|-|-|-", "s02 Bob B.|-|-|-"]);
    assert_eq!(students(b";Ada;;\r\n;Bob;;\r\n;;;\r\n"), ["s01 Ada|-|-|-", "s02 Bob|-|-|-"]);
    assert!(read(b"Ada\n").unwrap().read.is_empty());
}

#[test]
fn marks_of_spreadsheets_go_and_names_stay() {
    for (typed, name) in [
        ("'Ada", "Ada"),
        ("Ada\u{a0}\u{a0}Lovelace\u{a0}", "Ada Lovelace"),
        ("\u{200b}Ada\u{feff} B\u{ad}yron", "Ada Byron"),
        ("Siti Nur'aini", "Siti Nur'aini"),
        ("Jean-Luc d’Été", "Jean-Luc d’Été"),
        ("Łukasz Ðurić", "Łukasz Ðurić"),
        ("Nguye\u{302}\u{303}n", "Nguyễn"),
        ("山田太郎", "山田太郎"),
        ("\"Ada \"\"the\"\" L\"", "Ada \"the\" L"),
        ("<b>Ada</b>", "<b>Ada</b>"),
    ] {
        assert_eq!(names(&format!("name\n{typed}\n")), [name], "{typed}");
    }
    assert_eq!(students(b"name,id,email,group\nAda,'007,-,--\n"), ["s01 Ada|007|-|-"]);
    let hundred = "é".repeat(100);
    assert_eq!(names(&format!("name\n{hundred}\n")), [hundred]);
}

#[test]
fn all_errors_are_reported_with_what_to_write() {
    let text =
        "Nama;NIM;Surel\n=SUM(A1);1;a@b.c\n;2;\nBudi;1.23E+11;not at home\nAda\u{202e};'+4;\nEka;5;x;y\n";
    assert_eq!(
        errors(text),
        [
            "line 2, column `Nama`: `=SUM(A1)` begins with `=`, and a spreadsheet would run it: begin with \
             a letter or a digit",
            "line 3, column `Nama`: there is no name: write one, or delete the line",
            "line 4, column `NIM`: the spreadsheet has rounded this number to `1.23E+11`: format the column \
             as text, and enter the numbers again",
            "line 4, column `Surel`: `not at home` is no e-mail address: write it like `name@example.org`, \
             or leave it out",
            "line 5, column `Nama`: the field has the character \\u{202e}, which is not shown: type the \
             field again",
            "line 5, column `NIM`: `+4` begins with `+`, and a spreadsheet would run it: begin with a \
             letter or a digit",
            "line 6, column `Surel`: `x` is no e-mail address: write it like `name@example.org`, or leave \
             it out",
            "line 6: the line has 4 columns, the first one has 3: put a field with a semicolon in it \
             between quotes, or write a heading above the column",
        ]
    );
}

#[test]
fn each_field_that_is_read_is_checked() {
    for (text, part) in [
        ("name\n-Ada\n", "line 2, column `name`: `-Ada` begins with `-`"),
        ("name\n@Ada\n", "line 2, column `name`: `@Ada` begins with `@`"),
        ("name\n'=1\n", "line 2, column `name`: `=1` begins with `=`"),
        ("name,group\nAda,+1\n", "line 2, column `group`: `+1` begins"),
        ("name,email\nAda,@b.c\n", "line 2, column `email`: `@b.c` begins"),
        ("name\n\"A\nda\"\n", "line 2, column `name`: the field has the character \\u{a}"),
        ("Ada\nB\u{7}ob\n", "line 2: the field has the character \\u{7}"),
        ("name\n123\n", "line 2, column `name`: `123` has no letter"),
        ("name,id\nAda,12e+3\n", "line 2, column `id`: the spreadsheet has rounded"),
        ("name;id\nAda;1,5E+12\n", "line 2, column `id`: the spreadsheet has rounded"),
        ("name,email\nAda,a@b@c\n", "line 2, column `email`: `a@b@c` is no e-mail"),
        ("name,email\nAda,@\n", "line 2, column `email`: `@` begins"),
    ] {
        let errors = errors(text);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with(part), "{text:?}: {}", errors[0]);
    }
    let long = format!("First name,Surname\n{},{}\n", "a".repeat(60), "b".repeat(60));
    assert!(
        errors(&long)[0].starts_with("line 2, column `First name + Surname`: the field has 121 characters")
    );
    // What is not read is not checked, and an `E` alone rounds nothing.
    assert_eq!(names("name,phone,note\nAda,+62812,\"a\nb\"\n"), ["Ada"]);
    assert_eq!(students(b"name,id\nAda,12E34\nBob,E+5\n"), ["s01 Ada|12E34|-|-", "s02 Bob|E+5|-|-"]);
}

#[test]
fn students_must_be_distinguishable() {
    let text = "name,id,email\nAda,1,a@b.c\nBob,1,b@b.c\nEve,A3,A@B.C\nEve,a3,\nAda,5,\nada,,\n";
    assert_eq!(
        errors(text),
        [
            "line 3, column `id`: line 2 has `1` too: give each student a different one",
            "line 4, column `email`: line 2 has `A@B.C` too: give each student a different one",
            "line 5, column `id`: line 4 has `a3` too: give each student a different one",
            "line 7, column `name`: line 2 has `ada` too: add a column `id`, and give each of them a \
             different id",
        ]
    );
    assert_eq!(names("name,id\nAda,1\nAda,2\n").len(), 2);
    assert_eq!(names("name,email\nAda,a@b.c\nAda,b@b.c\n").len(), 2);
    assert_eq!(errors("Ada\nBob\nAda\n").len(), 1);
    // A line with another error is not compared: its id is not the one that was meant.
    assert_eq!(errors("name,id\nAda,1.2E+9\nBob,1.2E+9\nEve,+1\nEve,2\n").len(), 3);
}

#[test]
fn a_file_that_is_not_clear_is_refused() {
    for (text, part) in [
        ("", "line 1: there is no student"),
        ("\n \n,,\n", "line 1: there is no student"),
        ("name\n", "line 1: there is no student"),
        ("email\na@b.c\n", "line 1: it is not clear which column has the names"),
        ("Kelas\nA\n", "line 1: it is not clear"),
        (
            "Ada,1\nBob,2\n",
            "line 1: it is not clear which column has the names: write the heading `name` above it (there \
             are: Ada, 1)",
        ),
        ("id,name,Nama\n1,a,b\n", "line 1: `name` and `Nama` could both be the column of the names: rename"),
        ("name,NIM,nim\na,1,2\n", "line 1: `NIM` and `nim` could both be the column of the ids"),
        (
            "Kelas XI\n\nNo;Nama;NIS\n1;Ada;7\n",
            "line 3: the headings are in this line: delete the lines above",
        ),
        ("name\n\"Ada\nBob\n", "line 2: the quote that opens in this line is not closed"),
        ("name\n\"Ada\"B\n", "line 2: text follows a closing quote"),
        (
            "name\nLovelace, Ada\n",
            "line 2: the line has 2 columns, the first one has 1: put a field with a comma",
        ),
        ("PK\u{3}\u{4}", "line 1: this is no text: save the sheet as `CSV UTF-8`"),
    ] {
        let errors = errors(text);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].starts_with(part), "{text:?}: {}", errors[0]);
    }
}

#[test]
fn a_class_has_a_limit() {
    let list = |count: usize| (1..=count).map(|number| format!("Student {number}\n")).collect::<String>();
    let seats = |count| {
        let students = read(list(count).as_bytes()).unwrap().students;
        (students[0].seat.to_string(), students[count - 1].seat.to_string())
    };
    assert_eq!(seats(99), ("s01".to_owned(), "s99".to_owned()));
    assert_eq!(seats(100), ("s001".to_owned(), "s100".to_owned()));
    assert_eq!(seats(500), ("s001".to_owned(), "s500".to_owned()));
    assert_eq!(
        errors(&list(501)),
        ["line 1: it has 501 students, a class has at most 500: make several classes of it"]
    );
}

#[test]
fn a_group_shares_a_bench() {
    let text = "name,group\nAda,Red\nBob,\nEve,blue\nDan,red\nFay,Blue\nGus,\n";
    let benches = benches(&read(text.as_bytes()).unwrap().students);
    let shown: Vec<String> = benches
        .iter()
        .map(|bench| {
            let members: Vec<String> = bench.members.iter().map(ToString::to_string).collect();
            format!("{} {:?} {}", bench.seat, bench.group.as_deref().unwrap_or("-"), members.join(" "))
        })
        .collect();
    assert_eq!(shown, ["s01 \"Red\" s01 s04", "s02 \"-\" s02", "s03 \"blue\" s03 s05", "s06 \"-\" s06"]);
}

#[test]
fn a_student_is_kept_as_json() {
    let student = read("name,id\nAda,7\n".as_bytes()).unwrap().students.remove(0);
    let json = serde_json::to_string(&student).unwrap();
    assert_eq!(json, r#"{"seat":"s01","name":"Ada","id":"7","email":null,"group":null}"#);
    assert_eq!(serde_json::from_str::<Student>(&json).unwrap(), student);
}
