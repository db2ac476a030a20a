<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
<context>
    <name>AnalyzePage</name>
    <message numerus="yes">
        <source>%n page(s)</source>
        <translation>
            <numerusform>%n page</numerusform>
            <numerusform>%n pages</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n section(s)</source>
        <translation>
            <numerusform>%n section</numerusform>
            <numerusform>%n sections</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Block</name>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DiagnoseDialog</name>
    <message numerus="yes">
        <source>%n thing(s) may be in the way.</source>
        <translation>
            <numerusform>%n thing may be in the way.</numerusform>
            <numerusform>%n things may be in the way.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DocumentList</name>
    <message numerus="yes">
        <source>%n document(s)</source>
        <translation>
            <numerusform>%n document</numerusform>
            <numerusform>%n documents</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Exports</name>
    <message numerus="yes">
        <source>%n record(s) written to {path}.</source>
        <translation>
            <numerusform>%n record written to {path}.</numerusform>
            <numerusform>%n records written to {path}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>HubSearch</name>
    <message numerus="yes">
        <source>%n model(s) found</source>
        <translation>
            <numerusform>%n model found</numerusform>
            <numerusform>%n models found</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>InstalledModels</name>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MachinesPage</name>
    <message numerus="yes">
        <source>%n machine(s) with {free} of free memory</source>
        <translation>
            <numerusform>%n machine with {free} of free memory</numerusform>
            <numerusform>%n machines with {free} of free memory</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message numerus="yes">
        <source>%n document(s) are still being worked on. What is read so far is lost.</source>
        <translation>
            <numerusform>%n document is still being worked on. What is read so far is lost.</numerusform>
            <numerusform>%n documents are still being worked on. What is read so far is lost.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MonitorWords</name>
    <message numerus="yes">
        <source>%n more at work</source>
        <translation>
            <numerusform>%n more at work</numerusform>
            <numerusform>%n more at work</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Preparing %n stage(s) for {title}.</source>
        <translation>
            <numerusform>Preparing %n stage for {title}.</numerusform>
            <numerusform>Preparing %n stages for {title}.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlanPage</name>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n machine(s)</source>
        <translation>
            <numerusform>%n machine</numerusform>
            <numerusform>%n machines</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>PlanWords</name>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more machine(s) have too little, too.</source>
        <translation>
            <numerusform>%n more machine has too little, too.</numerusform>
            <numerusform>%n more machines have too little, too.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>It has room for %n layer(s): move a boundary.</source>
        <translation>
            <numerusform>It has room for %n layer: move a boundary.</numerusform>
            <numerusform>It has room for %n layers: move a boundary.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message numerus="yes">
        <source>%n machine(s) in the pool</source>
        <translation>
            <numerusform>%n machine in the pool</numerusform>
            <numerusform>%n machines in the pool</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n lost</source>
        <translation>
            <numerusform>, %n lost</numerusform>
            <numerusform>, %n lost</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>, %n more at work</source>
        <translation>
            <numerusform>, %n more at work</numerusform>
            <numerusform>, %n more at work</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WelcomeDialog</name>
    <message numerus="yes">
        <source>%n other machine(s) found already.</source>
        <translation>
            <numerusform>%n other machine found already.</numerusform>
            <numerusform>%n other machines found already.</numerusform>
        </translation>
    </message>
</context>
</TS>
